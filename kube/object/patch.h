#pragma once
// JSON patches on values, and the cleaning of bodies for server-side apply. Pure; never throws.
// Source: RFC 6902 (JSON Patch), RFC 7386 (JSON Merge Patch), KEP-555 (server-side apply).
#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::kube {

// RFC 6902, all operations, atomically: on error `document` was not touched. Invalid when a `test` fails or a path does
// not exist; BadRequest when `patch` is no JSON patch.
Result<Json> applyJsonPatch(const Json& document, const Json& patch);
// RFC 7386: null removes.
Json applyMergePatch(Json document, const Json& patch);
// The merge patch that leads from one value to the other: empty object when they are equal.
Json mergePatchBetween(const Json& from, const Json& to);

// What a body for server-side apply must not carry: managedFields, resourceVersion, uid, creationTimestamp, generation,
// selfLink; and `status` unless it is what is being applied.
Json cleanForApply(Json object, bool keepStatus = false);

}  // namespace windlass::kube
