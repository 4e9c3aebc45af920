#pragma once
// Writing one condition of an object's status.
#include "kube/client/client.h"
#include "kube/object/conditions.h"

namespace windlass::kube {

// Applies status.conditions with `condition` in it (server-side apply on the status subresource) when that changes
// anything; false: all was said already and nothing was sent. observedGeneration is the object's generation; the time
// of transition changes only when the status flips. The other conditions of `object` are kept as they are.
Result<bool> applyCondition(Client& client, const ResourceKind& kind, const Json& object, Condition condition,
                            const ApplyOptions& options);

}  // namespace windlass::kube
