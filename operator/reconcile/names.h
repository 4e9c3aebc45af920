#pragma once
// Labels, annotations and names that tell our objects from others', and the kinds a cloud is made of.
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "operator/model/labels.h"

namespace windlass::ops {

using kube::Json;

inline constexpr std::string_view kFieldManager = "windlass-operator";
// What a claim is for; "backup": its content is no reason to do anything again.
inline constexpr std::string_view kPurposeLabel = "windlass.dev/purpose";
// Hash of what was last applied: tells a change of ours (a field that is gone) from drift made by others.
inline constexpr std::string_view kAppliedAnnotation = "windlass.dev/applied";
// Position of the object's stage; deletion goes from the highest to the lowest without needing the spec.
inline constexpr std::string_view kOrderAnnotation = "windlass.dev/stage-order";
// "true" on what outlives the cloud unless its deletionPolicy is Delete.
inline constexpr std::string_view kKeepAnnotation = "windlass.dev/keep";

// The Secret that holds a second copy of every generated credential, and the operator's own notes on the cloud.
std::string escrowName(const std::string& cloud);

// Kinds that rendering may yield and that we list, compare, prune and delete.
const std::vector<kube::ResourceKind>& ownedKinds();
// nullptr when `kindName` is none of them.
const kube::ResourceKind* ownedKind(std::string_view kindName);

// Identifies an object among those of one namespace: "Deployment/api-1".
std::string refOf(const Json& object);
std::string refOf(std::string_view kindName, std::string_view name);

// "<service>/<component>" of an object's labels.
std::string componentIdOf(const Json& object);

// What keeps pods running.
bool isWorkload(const Json& object);

// Data outlives the cloud: claims, kept Secrets and the escrow.
bool isKept(const Json& object);

// First 16 hex digits of SHA-256. Never of a low-entropy secret: see keyedHash.
std::string textHash(const std::string& bytes);
// HMAC-SHA-256, 16 hex digits: safe to show for Secrets of any strength as long as `key` is not known.
std::string keyedHash(const std::string& key, const std::string& bytes);

}  // namespace windlass::ops
