#include "kube/runtime/finalizer.h"

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

// The API server answers a failed `test` with 422, which reads as "never try again".
Result<Json> patchSeen(Client& client, const ResourceKind& kind, const Json& object, const Json& patch) {
  auto patched = client.patch(kind, keyOf(object), PatchType::Json, patch);
  if (patched || patched.error().kind != ErrorKind::Invalid) return patched;
  Error error = std::move(patched).error();
  error.kind = ErrorKind::Conflict;
  return wrap(kind.kind + " " + keyOf(object).toString() + " has changed since it was read", std::move(error));
}

}  // namespace

Result<Json> ensureFinalizer(Client& client, const ResourceKind& kind, const Json& object, std::string_view finalizer) {
  const Json patch = addFinalizerPatch(object, finalizer);
  if (patch.empty()) return object;
  if (isDeleting(object))
    return fail(ErrorKind::Invalid,
                kind.kind + " " + keyOf(object).toString() + " is being deleted: it takes no finalizer any more");
  return patchSeen(client, kind, object, patch);
}

Status dropFinalizer(Client& client, const ResourceKind& kind, const Json& object, std::string_view finalizer) {
  const Json patch = removeFinalizerPatch(object, finalizer);
  if (patch.empty()) return {};
  const auto patched = patchSeen(client, kind, object, patch);
  if (!patched && patched.error().kind != ErrorKind::NotFound) return fail(patched.error());
  return {};
}

}  // namespace windlass::kube
