#pragma once
// Field management: what server-side apply and ordinary writes do to an object and to its managedFields. Pure.
// Source: k8s.io/apimachinery/pkg/util/managedfields. The timestamps of managedFields are left out.
#include "kube/client/client.h"

namespace windlass::kube::fake {

// The result of applying `applied` to `live` (null: create). `part` is "" or "status": the rest of `applied` is
// ignored. Conflict when another manager owns a field that would change and force is not set.
Result<Json> applied(const ResourceKind& kind, const Json& live, const Json& applied, const ApplyOptions& options,
                     const std::string& part);
// Records an ordinary write: whoever owned a field that changed loses it to the writer. `before` is null for a create.
void recordUpdate(const Json& before, Json& after, const std::string& part);

}  // namespace windlass::kube::fake
