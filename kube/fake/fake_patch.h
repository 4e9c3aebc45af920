#pragma once
// What the API server does to a body before it stores it. Pure.
#include "kube/client/client.h"

namespace windlass::kube::fake {

// JSON, merge or strategic merge patch of an object. Invalid: a JSON patch that does not apply (or whose test fails).
Result<Json> patched(const Json& object, PatchType type, const Json& body);
// Secret.stringData becomes base64 in Secret.data.
void encodeStringData(Json& object);
// Kinds without a status subresource (and without metadata.generation).
bool hasStatus(const ResourceKind& kind);
// True when a field outside metadata and status differs.
bool specDiffers(const Json& a, const Json& b);

}  // namespace windlass::kube::fake
