#include "vmctl/controller/pod_view.h"

#include <fmt/format.h>

#include "kube/object/meta.h"

namespace windlass::vm {

using kube::Json;

namespace {

const Json* carrierStatus(const Json& pod) {
  const Json* statuses = kube::find(pod, "/status/containerStatuses");
  return statuses != nullptr && statuses->is_array() && !statuses->empty() ? &statuses->front() : nullptr;
}

kube::TimePoint timeAt(const Json& object, std::string_view pointer) {
  const auto text = kube::stringAt(object, pointer);
  return text.empty() ? kube::TimePoint{} : kube::parseTime(text);
}

void readConditions(const Json& pod, PodView& view) {
  view.ready = kube::isConditionTrue(pod, "Ready");
  if (const Json* scheduled = kube::findCondition(pod, "PodScheduled")) {
    const bool yes = kube::stringAt(*scheduled, "/status") == "True";
    if (yes) view.scheduledAt = timeAt(*scheduled, "/lastTransitionTime");
    if (!yes && kube::stringAt(*scheduled, "/reason") == "Unschedulable") {
      view.unschedulable = kube::stringAt(*scheduled, "/message", "no node fits");
    }
  }
}

void readContainer(const Json& pod, PodView& view) {
  const Json* status = carrierStatus(pod);
  if (status == nullptr) return;
  view.waitingReason = kube::stringAt(*status, "/state/waiting/reason");
  view.waitingMessage = kube::stringAt(*status, "/state/waiting/message");
  view.containerRunning = kube::find(*status, "/state/running") != nullptr;
  view.containerStartedAt = timeAt(*status, "/state/running/startedAt");
  if (const Json* end = kube::find(*status, "/state/terminated")) {
    view.end = PodEnd{static_cast<int>(kube::intAt(*end, "/exitCode", -1)), kube::stringAt(*end, "/reason"),
                      kube::stringAt(*end, "/message"), timeAt(*end, "/startedAt"), timeAt(*end, "/finishedAt")};
  }
}

// A pod that failed as a whole: evicted, or refused by the kubelet before a container existed.
void readPhase(const Json& pod, PodView& view) {
  const auto phase = kube::stringAt(pod, "/status/phase");
  if (view.end || (phase != "Failed" && phase != "Succeeded")) return;
  view.end = PodEnd{phase == "Succeeded" ? 0 : -1,
                    kube::stringAt(pod, "/status/reason", phase),
                    kube::stringAt(pod, "/status/message"),
                    {},
                    view.createdAt};
}

}  // namespace

PodView viewOf(const Json& pod, const VirtualMachine& vm) {
  PodView view;
  view.name = kube::nameOf(pod);
  view.uid = kube::uidOf(pod);
  view.nodeName = kube::stringAt(pod, "/spec/nodeName");
  view.ip = kube::stringAt(pod, "/status/podIP");
  const auto owner = kube::controllerOf(pod);
  view.ours = owner && owner->uid == vm.uid;
  view.predecessors = owner && !view.ours && owner->kind == VirtualMachineKind.kind && owner->name == vm.name;
  view.deleting = kube::isDeleting(pod);
  view.createdAt = timeAt(pod, "/metadata/creationTimestamp");
  readConditions(pod, view);
  readContainer(pod, view);
  readPhase(pod, view);
  return view;
}

bool isUnreachable(const Json& node) {
  const Json* ready = kube::findCondition(node, "Ready");
  if (ready != nullptr && kube::stringAt(*ready, "/status") == "Unknown") return true;
  const Json* taints = kube::find(node, "/spec/taints");
  if (taints == nullptr || !taints->is_array()) return false;
  for (const auto& taint : *taints) {
    if (kube::stringAt(taint, "/key") == "node.kubernetes.io/unreachable") return true;
  }
  return false;
}

std::string describe(const PodEnd& end) {
  if (end.reason == "OOMKilled") {
    return "QEMU used more memory than its pod may have and was killed; report this with the guest's size";
  }
  if (!end.message.empty()) return end.message;
  switch (end.exitCode) {
    case exits::Off:
      return "the guest was shut down";
    case exits::Crashed:
      return "the guest crashed or QEMU died";
    case exits::Forced:
      return "the guest did not shut down within its grace period and was turned off";
    case exits::StartFailed:
      return "the guest could not be started";
    case exits::StartRefused:
      return "the node refused to start the guest";
    case exits::EndedUnseen:
      return "the guest ended while the node's agent was away";
    case exits::EndedByNode:
      return "the node's agent ended the guest";
    case -1:
      return fmt::format("the pod failed before the guest was started ({})", end.reason);
    default:
      return fmt::format("the carrier ended with exit code {} ({})", end.exitCode, end.reason);
  }
}

}  // namespace windlass::vm
