#include "operator/render/readiness.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/render/pod_problems.h"

namespace windlass::ops {
namespace {

using kube::find;
using kube::intAt;
using kube::stringAt;

const char* const kRoomRemedy = "raise the quota of the namespace, or lower requests and replicas in the spec";

std::string titleOf(const Json& object) {
  return kube::kindOf(object) + " " + kube::nameOf(object);
}

bool seenByController(const Json& object) {
  return intAt(object, "/status/observedGeneration") >= kube::generationOf(object);
}

Readiness ready() {
  return {};
}

Readiness waiting(const Json& object, std::string reason, const std::string& what, bool serving) {
  return {ReadyState::Waiting, serving, std::move(reason), titleOf(object) + ": " + what, ""};
}

Readiness failed(const Json& object, std::string reason, const std::string& what, std::string remedy, bool serving) {
  return {ReadyState::Failed, serving, std::move(reason), titleOf(object) + ": " + what, std::move(remedy)};
}

const Json* conditionOf(const Json& object, std::string_view type, std::string_view status) {
  const Json* condition = kube::findCondition(object, type);
  return condition != nullptr && stringAt(*condition, "/status") == status ? condition : nullptr;
}

// Pods that a workload's own label selector picks.
std::vector<const Json*> selectedPods(const Json& workload, const std::vector<Json>& pods) {
  std::vector<const Json*> mine;
  const Json* wanted = find(workload, "/spec/selector/matchLabels");
  if (wanted == nullptr || !wanted->is_object() || wanted->empty()) return mine;
  for (const Json& pod : pods) {
    const auto has = [&pod](const auto& label) { return kube::labelOf(pod, label.key()) == label.value(); };
    const auto labels = wanted->items();
    if (std::all_of(labels.begin(), labels.end(), has)) mine.push_back(&pod);
  }
  return mine;
}

std::vector<const Json*> ownedPods(const Json& owner, const std::vector<Json>& pods) {
  std::vector<const Json*> mine;
  for (const Json& pod : pods) {
    const auto controller = kube::controllerOf(pod);
    if (controller && controller->uid == kube::uidOf(owner)) mine.push_back(&pod);
  }
  return mine;
}

std::optional<Readiness> fromPods(const Json& object, const std::vector<const Json*>& pods, const Surroundings& around,
                                  bool serving) {
  auto problem = worstPodProblem(pods, around.warnings);
  if (!problem) return std::nullopt;
  if (problem->blocking) return failed(object, problem->reason, problem->message, problem->remedy, serving);
  return waiting(object, problem->reason, problem->message, serving);
}

// Why a controller cannot even create its pods: quota, admission. Only an event tells for StatefulSet, DaemonSet and
// Job.
std::optional<Readiness> fromFailedCreate(const Json& object, const Surroundings& around, bool serving) {
  const std::string note = warningAbout(object, around.warnings, "FailedCreate");
  if (note.empty()) return std::nullopt;
  const bool quota = note.find("exceeded quota") != std::string::npos;
  return failed(object, quota ? "QuotaExceeded" : "FailedCreate", note,
                quota ? kRoomRemedy : "allow what the message says was refused", serving);
}

Readiness deploymentReadiness(const Json& object, const Surroundings& around) {
  const std::int64_t wanted = intAt(object, "/spec/replicas", 1);
  const std::int64_t updated = intAt(object, "/status/updatedReplicas");
  const std::int64_t all = intAt(object, "/status/replicas");
  const std::int64_t available = intAt(object, "/status/availableReplicas");
  const bool serving = wanted == 0 || available > 0;
  if (!seenByController(object))
    return waiting(object, "NotObserved", "its controller has not seen the change yet", serving);
  const bool complete = updated >= wanted && all <= updated && available >= wanted;
  if (complete) return ready();
  if (const Json* refused = conditionOf(object, "ReplicaFailure", "True")) {
    const std::string note = lastLine(stringAt(*refused, "/message"));
    const bool quota = note.find("exceeded quota") != std::string::npos;
    return failed(object, quota ? "QuotaExceeded" : "FailedCreate", note,
                  quota ? kRoomRemedy : "allow what the message says was refused", serving);
  }
  if (auto problem = fromPods(object, selectedPods(object, around.pods), around, serving)) return *problem;
  if (const Json* late = conditionOf(object, "Progressing", "False");
      late != nullptr && stringAt(*late, "/reason") == "ProgressDeadlineExceeded") {
    return failed(object, "ProgressDeadlineExceeded", lastLine(stringAt(*late, "/message")),
                  "look at its pods with `kubectl describe`", serving);
  }
  if (updated < wanted)
    return waiting(object, "RollingOut", fmt::format("{} of {} replicas are updated", updated, wanted), serving);
  if (available < wanted)
    return waiting(object, "ReplicasUnavailable", fmt::format("{} of {} replicas are available", available, wanted),
                   serving);
  return waiting(object, "RollingOut", fmt::format("{} old replicas are still ending", all - updated), serving);
}

Readiness statefulSetReadiness(const Json& object, const Surroundings& around) {
  const std::int64_t wanted = intAt(object, "/spec/replicas", 1);
  const std::int64_t readyCount = intAt(object, "/status/readyReplicas");
  const bool serving = wanted == 0 || readyCount > 0;
  if (!seenByController(object))
    return waiting(object, "NotObserved", "its controller has not seen the change yet", serving);
  const bool sameRevision = stringAt(object, "/status/currentRevision") == stringAt(object, "/status/updateRevision");
  if (readyCount >= wanted && sameRevision) return ready();
  const auto pods = selectedPods(object, around.pods);
  if (auto problem = fromPods(object, pods, around, serving)) return *problem;
  if (static_cast<std::int64_t>(pods.size()) < wanted) {
    if (auto refused = fromFailedCreate(object, around, serving)) return *refused;
  }
  if (readyCount < wanted)
    return waiting(object, "ReplicasUnavailable", fmt::format("{} of {} replicas are ready", readyCount, wanted),
                   serving);
  return waiting(object, "RollingOut",
                 fmt::format("{} of {} replicas are updated", intAt(object, "/status/updatedReplicas"), wanted),
                 serving);
}

Readiness daemonSetReadiness(const Json& object, const Surroundings& around) {
  const std::int64_t wanted = intAt(object, "/status/desiredNumberScheduled");
  const std::int64_t available = intAt(object, "/status/numberAvailable");
  const std::int64_t updated = intAt(object, "/status/updatedNumberScheduled");
  const bool serving = wanted == 0 || available > 0;
  if (!seenByController(object))
    return waiting(object, "NotObserved", "its controller has not seen the change yet", serving);
  if (updated >= wanted && available >= wanted) return ready();
  if (auto problem = fromPods(object, selectedPods(object, around.pods), around, serving)) return *problem;
  if (auto refused = fromFailedCreate(object, around, serving); refused && available == 0) return *refused;
  return waiting(object, "ReplicasUnavailable",
                 fmt::format("{} of {} nodes run it", std::min(updated, available), wanted), serving);
}

// Why the newest pod of a Job that failed did so; the Job itself only counts.
std::string jobFailure(const std::vector<const Json*>& pods) {
  const Json* newest = nullptr;
  for (const Json* pod : pods) {
    if (terminationOf(*pod).empty()) continue;
    const std::string born = stringAt(*pod, "/metadata/creationTimestamp");
    if (newest == nullptr || born >= stringAt(*newest, "/metadata/creationTimestamp")) newest = pod;
  }
  return newest == nullptr ? "" : fmt::format("pod {}: {}", kube::nameOf(*newest), terminationOf(*newest));
}

Readiness jobReadiness(const Json& object, const Surroundings& around) {
  if (conditionOf(object, "Complete", "True") != nullptr) return ready();
  const auto pods = ownedPods(object, around.pods);
  const std::string why = jobFailure(pods);
  if (const Json* end = conditionOf(object, "Failed", "True")) {
    const std::string what = why.empty() ? lastLine(stringAt(*end, "/message")) : why;
    return failed(object, "JobFailed", "failed: " + what,
                  "remove the cause; it is tried again by itself, or at once after `kubectl delete job " +
                      kube::nameOf(object) + "`",
                  false);
  }
  auto problem = worstPodProblem(pods, around.warnings);
  if (problem && problem->blocking) return failed(object, problem->reason, problem->message, problem->remedy, false);
  if (pods.empty()) {
    if (auto refused = fromFailedCreate(object, around, false)) return *refused;
  }
  if (!why.empty()) return waiting(object, "JobRetrying", "is trying again after " + why, false);
  return waiting(object, "JobRunning", intAt(object, "/status/active") > 0 ? "is running" : "is starting", false);
}

Readiness serviceReadiness(const Json& object) {
  if (stringAt(object, "/spec/type") != "LoadBalancer") return ready();
  const Json* ingress = find(object, "/status/loadBalancer/ingress");
  if (ingress != nullptr && !ingress->empty()) return ready();
  return waiting(object, "NoLoadBalancer", "the load balancer has given it no address yet", false);
}

Readiness claimReadiness(const Json& object, const Surroundings& around) {
  const std::string phase = stringAt(object, "/status/phase");
  if (phase == "Bound") return ready();
  if (phase == "Lost")
    return failed(object, "VolumeLost", "its volume is gone", "restore the volume, or delete the claim to start empty",
                  false);
  const std::string note = warningAbout(object, around.warnings, "ProvisioningFailed");
  if (!note.empty())
    return failed(object, "ProvisioningFailed", note, "correct the storage class, or make a matching volume", false);
  return waiting(object, "VolumePending", "is not bound to a volume yet", false);
}

}  // namespace

Readiness readinessOf(const Json& live, const Surroundings& around) {
  const std::string kind = kube::kindOf(live);
  if (kind == "Deployment") return deploymentReadiness(live, around);
  if (kind == "StatefulSet") return statefulSetReadiness(live, around);
  if (kind == "DaemonSet") return daemonSetReadiness(live, around);
  if (kind == "Job") return jobReadiness(live, around);
  if (kind == "Service") return serviceReadiness(live);
  if (kind == "PersistentVolumeClaim") return claimReadiness(live, around);
  return ready();
}

}  // namespace windlass::ops
