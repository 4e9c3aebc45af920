#pragma once
// Finalizers as two calls: one before the first effect outside of the cluster, one after the last was undone.
// Both are JSON patches with `test`, so two controllers that write at once never lose each other's entry.
#include <string_view>

#include "kube/client/client.h"

namespace windlass::kube {

// Adds the finalizer when it is missing; the object as it is now. Conflict: the object is not what we have seen (it
// comes again with its change, retrying is right). Invalid: it is being deleted, so nothing may begin any more.
Result<Json> ensureFinalizer(Client& client, const ResourceKind& kind, const Json& object, std::string_view finalizer);
// Removes it. Success when it is not there, or the object is gone. Conflict as above.
Status dropFinalizer(Client& client, const ResourceKind& kind, const Json& object, std::string_view finalizer);

}  // namespace windlass::kube
