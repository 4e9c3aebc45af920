#pragma once
// Reading and writing ObjectMeta in a raw JSON object. Readers never throw: a missing or mistyped field reads as empty.
// Source: k8s.io/apimachinery/pkg/apis/meta/v1.ObjectMeta.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"

namespace windlass::kube {

std::string nameOf(const Json& object);
std::string namespaceOf(const Json& object);
std::string uidOf(const Json& object);
std::string resourceVersionOf(const Json& object);
std::int64_t generationOf(const Json& object);  // 0 when absent
ObjectKey keyOf(const Json& object);
std::string kindOf(const Json& object);
std::string labelOf(const Json& object, std::string_view key);
std::string annotationOf(const Json& object, std::string_view key);
bool isDeleting(const Json& object);  // metadata.deletionTimestamp is set
bool hasFinalizer(const Json& object, std::string_view finalizer);

// Value at a JSON pointer ("/spec/replicas") or nullptr; never throws.
const Json* find(const Json& object, std::string_view pointer);
std::string stringAt(const Json& object, std::string_view pointer, std::string fallback = "");
std::int64_t intAt(const Json& object, std::string_view pointer, std::int64_t fallback = 0);
bool boolAt(const Json& object, std::string_view pointer, bool fallback = false);
const Json& arrayAt(const Json& object, std::string_view pointer);  // an empty one when there is none

// A new object with apiVersion, kind, metadata.name and (when the kind is namespaced) metadata.namespace.
Json newObject(const ResourceKind& kind, const ObjectKey& key);

struct OwnerReference {
  std::string apiVersion, kind, name, uid;
  bool controller = false;
  bool blockOwnerDeletion = false;
};
std::vector<OwnerReference> ownersOf(const Json& object);
std::optional<OwnerReference> controllerOf(const Json& object);
// Makes `owner` the controller of `object`. Refused (Invalid): another controller is there; owner in another namespace.
Status setController(Json& object, const Json& owner, const ResourceKind& ownerKind);

// JSON patches (RFC 6902) that add or remove a finalizer with a `test` on metadata.resourceVersion, or an empty array
// when nothing has to change.
Json addFinalizerPatch(const Json& object, std::string_view finalizer);
Json removeFinalizerPatch(const Json& object, std::string_view finalizer);

}  // namespace windlass::kube
