#include "operator/reconcile/revisions.h"

#include <algorithm>
#include <map>
#include <set>

#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

std::map<std::string, std::set<std::string>> renderedRevisions(const RenderedCloud& rendered) {
  std::map<std::string, std::set<std::string>> revisions;
  for (const Stage& stage : rendered.stages) {
    for (const Json& object : stage.objects) {
      if (isWorkload(object)) revisions[componentIdOf(object)].insert(kube::labelOf(object, kRevisionLabel));
    }
  }
  return revisions;
}

bool hasEnded(const Json& pod, kube::TimePoint now) {
  const std::string phase = kube::stringAt(pod, "/status/phase");
  if (phase == "Succeeded" || phase == "Failed") return true;
  // The API server sets it to the time of the deletion plus the grace period (metav1.ObjectMeta).
  return kube::isDeleting(pod) && kube::parseTime(kube::stringAt(pod, "/metadata/deletionTimestamp")) < now;
}

}  // namespace

std::vector<std::string> podsOfOtherRevisions(const RenderedCloud& rendered, const std::vector<Json>& pods,
                                              kube::TimePoint now) {
  const auto revisions = renderedRevisions(rendered);
  std::vector<std::string> names;
  for (const Json& pod : pods) {
    const std::string revision = kube::labelOf(pod, kRevisionLabel);
    const auto known = revisions.find(componentIdOf(pod));
    const bool isOther = !revision.empty() && known != revisions.end() && !known->second.contains(revision);
    // One without a controller is somebody's own, and nobody would ever remove it.
    if (isOther && kube::controllerOf(pod) && !hasEnded(pod, now)) names.push_back(kube::nameOf(pod));
  }
  return names;
}

bool isFirst(const Json& service, const Observed& observed) {
  if (observed.find(refOf(service)) != nullptr) return false;
  const Json* selector = kube::find(service, "/spec/selector");
  const std::string chosen = selector == nullptr ? "" : selector->value(std::string(kRevisionLabel), "");
  return std::none_of(observed.objects.begin(), observed.objects.end(), [&](const auto& entry) {
    const Json& object = entry.second;
    return isWorkload(object) && componentIdOf(object) == componentIdOf(service) &&
           kube::labelOf(object, kRevisionLabel) != chosen;
  });
}

}  // namespace windlass::ops
