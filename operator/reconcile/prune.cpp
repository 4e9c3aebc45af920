#include "operator/reconcile/prune.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {

std::vector<std::string> prunable(const Observed& observed, const Json& cloud, const std::set<std::string>& wanted) {
  std::vector<std::string> refs;
  for (const auto& [ref, object] : observed.objects) {
    const auto controller = kube::controllerOf(object);
    const bool ours = controller && controller->uid == kube::uidOf(cloud);
    if (ours && wanted.count(ref) == 0 && !isKept(object) && !kube::isDeleting(object)) refs.push_back(ref);
  }
  return refs;
}

Result<std::vector<std::string>> prune(kube::Client& client, const Observed& observed, const Json& cloud,
                                       const std::set<std::string>& wanted) {
  std::vector<std::string> refs = prunable(observed, cloud, wanted);
  for (const std::string& ref : refs) {
    const Json& object = *observed.find(ref);
    auto removed = kube::removeIfThere(client, *ownedKind(kube::kindOf(object)), kube::keyOf(object),
                                       {kube::uidOf(object), "", "Background", {}});
    if (!removed)
      return kube::wrap(fmt::format("cannot remove {}, which is not needed any more", ref), removed.error());
  }
  return refs;
}

}  // namespace windlass::ops
