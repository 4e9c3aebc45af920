#include "operator/reconcile/deletion.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr int kDataOrder = -1;  // after everything else
constexpr std::size_t kMostListed = 6;

int orderOf(const Json& object) {
  if (isKept(object)) return kDataOrder;
  const std::string text = kube::annotationOf(object, kOrderAnnotation);
  return text.empty() || text.size() > 6 ? 0 : std::max(0, std::atoi(text.c_str()));
}

}  // namespace

DeletionStep nextDeletion(const Observed& observed, const std::string& cloudUid, bool deleteData) {
  std::map<int, std::vector<std::string>, std::greater<>> groups;
  for (const auto& [ref, object] : observed.objects) {
    const auto controller = kube::controllerOf(object);
    if (isKept(object) || (controller && controller->uid == cloudUid)) groups[orderOf(object)].push_back(ref);
  }
  DeletionStep step;
  if (!deleteData) {
    if (const auto data = groups.find(kDataOrder); data != groups.end()) {
      step.kept = data->second;
      groups.erase(data);
    }
  }
  if (groups.empty()) {
    step.done = true;
    return step;
  }
  for (const std::string& ref : groups.begin()->second) {
    (kube::isDeleting(*observed.find(ref)) ? step.waiting : step.remove).push_back(ref);
  }
  return step;
}

Status carryOut(kube::Client& client, const Observed& observed, const DeletionStep& step) {
  for (const std::string& ref : step.remove) {
    const Json& object = *observed.find(ref);
    auto removed = kube::removeIfThere(client, *ownedKind(kube::kindOf(object)), kube::keyOf(object),
                                       {kube::uidOf(object), "", "Foreground", {}});
    if (!removed) return kube::wrap("cannot delete " + ref, removed.error());
  }
  return {};
}

std::string listed(const std::vector<std::string>& refs) {
  std::string names;
  for (std::size_t i = 0; i < std::min(refs.size(), kMostListed); ++i) names += (i == 0 ? "" : ", ") + refs[i];
  if (refs.size() > kMostListed) names += fmt::format(" and {} more", refs.size() - kMostListed);
  return names;
}

}  // namespace windlass::ops
