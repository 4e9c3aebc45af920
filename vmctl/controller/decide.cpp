#include "vmctl/controller/decide.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "vmctl/controller/carrier_pod.h"
#include "vmctl/controller/problem.h"

namespace windlass::vm {

using kube::Json;
using namespace std::chrono_literals;

namespace {

// A state shorter than this is not worth a write: most guests are Running before.
constexpr std::chrono::milliseconds PassingTime = 3s;
constexpr std::chrono::milliseconds MountPatience = 4s;
constexpr std::chrono::milliseconds MountLookAgain = 15s;
constexpr std::chrono::milliseconds AgentPatience = 45s;
// A finished guest may be counted a moment before the pod object says it is final; waits are rounded up by this.
constexpr std::chrono::milliseconds Rounding = 200ms;

std::chrono::milliseconds until(kube::TimePoint then, kube::TimePoint now) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(then - now);
  return left > 0ms ? left + Rounding : 0ms;
}

Report report(const Observation& seen, const char* phase, const char* ready, std::string reason, std::string message) {
  Report result;
  result.phase = phase;
  result.ready = ready;
  result.reason = std::move(reason);
  result.message = std::move(message);
  result.restarts = restartsOf(seen.status);
  return result;
}

Report report(const Observation& seen, const PodView& pod, const char* phase, const char* ready, std::string reason,
              std::string message) {
  Report result = report(seen, phase, ready, std::move(reason), std::move(message));
  result.nodeName = pod.nodeName;
  result.podName = pod.name;
  result.podUid = pod.uid;
  result.podIp = pod.ip;
  return result;
}

Decision withoutPod(const Observation& seen) {
  if (seen.vm.deleting) return {Action::None, report(seen, "Stopped", "False", "Deleting", "being deleted"), true, 0ms};
  if (seen.vm.spec.runStrategy == RunStrategy::Halted) {
    return {Action::None,
            report(seen, "Stopped", "False", "Halted", "halted by spec.runStrategy; 'vmctl start' starts it"), false,
            0ms};
  }
  return {Action::CreatePod, report(seen, "Pending", "False", "CreatingPod", "making the guest's pod"), true,
          PassingTime};
}

Decision foreignPod(const Observation& seen, const PodView& pod) {
  Decision decision;
  decision.report = report(seen, "Failed", "False", "NameTaken",
                           fmt::format("pod '{}' exists in namespace '{}' and does not belong to this VirtualMachine; "
                                       "delete or rename one of the two",
                                       pod.name, seen.vm.ns));
  decision.report.warning = true;
  return decision;
}

Decision unreachableNode(const Observation& seen, const PodView& pod) {
  Decision decision;
  decision.report =
      report(seen, pod, "Unknown", "Unknown", "NodeUnreachable",
             fmt::format("node {} does not answer, the guest may still run there; it is started elsewhere only after "
                         "the node came back or its pod was removed by an administrator who knows the node is off",
                         pod.nodeName));
  decision.report.warning = true;
  if (seen.vm.spec.runStrategy == RunStrategy::Halted && !pod.deleting) decision.action = Action::DeletePod;
  return decision;
}

Decision stopping(const Observation& seen, const PodView& pod) {
  Decision decision;
  decision.report = report(seen, pod, "Stopping", "False", "Stopping", "waiting for the guest to shut down");
  if (!pod.deleting) decision.action = Action::DeletePod;
  return decision;
}

// The guest is off although it should run. Its pod, with the console's log, is kept until the next start.
Decision ended(const Observation& seen, const PodView& pod, bool specChanged) {
  Decision decision;
  const auto restarts = counted(restartsOf(seen.status), pod.uid, *pod.end);
  const bool countedBefore = restartsOf(seen.status).lastPodUid == pod.uid;
  const bool refused = pod.end->exitCode == exits::StartRefused;
  if (refused && !specChanged) {
    decision.report =
        report(seen, pod, "Failed", "False", "StartRefused",
               describe(*pod.end) + "; correct the VirtualMachine, or 'vmctl restart' after a change elsewhere");
    decision.report.warning = true;
    decision.report.restarts = restarts;
    return decision;
  }
  const auto next = restarts.lastEnd + pauseBeforeStart(restarts);
  const bool due = refused || next <= seen.now;
  decision.report =
      report(seen, pod, "Failed", "False", pauseBeforeStart(restarts) > 0s ? "CrashLoopBackOff" : "GuestEnded",
             due ? describe(*pod.end) + "; starting it again"
                 : fmt::format("{}; it ended {} times in a row and is started again at {}", describe(*pod.end),
                               restarts.inARow, kube::formatTime(next)));
  decision.report.restarts = restarts;
  decision.report.warning = true;
  // First the count is written, then the pod goes: killed in between, nothing is lost and nothing counted twice.
  if (due && countedBefore) decision.action = Action::ReplacePod;
  decision.again = due ? 0ms : until(next, seen.now);
  return decision;
}

bool guestRuns(const Observation& seen, const PodView& pod) {
  return kube::stringAt(seen.status, "/guest/podUID") == pod.uid &&
         kube::stringAt(seen.status, "/guest/phase") == "Running";
}

// Whether the guest of this pod was ever started.
bool guestSeen(const Observation& seen, const PodView& pod) {
  return kube::stringAt(seen.status, "/guest/podUID") == pod.uid &&
         kube::stringAt(seen.status, "/guest/phase") != "Waiting";
}

Decision running(const Observation& seen, const PodView& pod, std::vector<std::string> changed) {
  Decision decision;
  if (pod.ready) {
    decision.report = report(seen, pod, "Running", "True", "GuestReady", "");
  } else if (seen.vm.spec.readinessProbe) {
    decision.report = report(seen, pod, "Running", "False", "ProbeFailing",
                             "the guest runs and does not answer its readiness probe yet");
  } else {
    decision.report = report(seen, pod, "Running", "False", "NotReady", "the guest runs, its pod is not ready yet");
  }
  decision.report.changedFields = std::move(changed);
  if (!labelPatch(seen.vm, *seen.pod).is_null()) decision.action = Action::UpdateLabels;
  return decision;
}

// The agent has seen the guest end; the carrier follows at once.
Decision ending(const Observation& seen, const PodView& pod) {
  const auto noticed = kube::parseTime(kube::stringAt(seen.status, "/guest/stoppedAt"));
  const bool young = seen.now < noticed + PassingTime;
  return {Action::None,
          report(seen, pod, "Stopping", "False", "GuestEnding", "the guest ended; waiting for its pod to end"), young,
          young ? PassingTime : 0ms};
}

Decision scheduling(const Observation& seen, const PodView& pod) {
  return {Action::None, report(seen, pod, "Scheduling", "False", "Scheduling", "waiting for a node"), true,
          PassingTime};
}

Decision starting(const Observation& seen, const PodView& pod) {
  const bool waitsForClaim = kube::stringAt(seen.status, "/guest/podUID") == pod.uid &&
                             kube::stringAt(seen.status, "/guest/phase") == "Waiting";
  Decision decision{Action::None, {}, true, PassingTime};
  if (waitsForClaim) {
    decision.report =
        report(seen, pod, "Starting", "False", "WaitingForClaim", kube::stringAt(seen.status, "/guest/message"));
    decision.passing = false;
    decision.again = 0ms;
  } else if (pod.containerRunning && pod.containerStartedAt + AgentPatience <= seen.now) {
    decision.report = report(seen, pod, "Starting", "False", "AgentSilent",
                             fmt::format("the agent of node {} has not started the guest; an administrator should look "
                                         "at the windlass-vm-agent pod of that node",
                                         pod.nodeName));
    decision.report.warning = true;
    decision.passing = false;
    decision.again = 0ms;
  } else if (pod.containerRunning) {
    decision.report = report(seen, pod, "Starting", "False", "StartingGuest",
                             fmt::format("waiting for the agent of node {} to start the guest", pod.nodeName));
    decision.again = until(pod.containerStartedAt + AgentPatience, seen.now);
  } else {
    decision.report =
        report(seen, pod, "Starting", "False", "PreparingPod",
               fmt::format("waiting for node {} to prepare the pod (image, volumes, network)", pod.nodeName));
    decision.again = MountLookAgain;
  }
  return decision;
}

// A pod that has not run its guest yet.
Decision onTheWay(const Observation& seen, const PodView& pod, bool specChanged) {
  if (specChanged) {
    Decision decision{Action::ReplacePod,
                      report(seen, pod, "Starting", "False", "SpecChanged",
                             "the spec changed before the guest was started; making a new pod"),
                      true, PassingTime};
    return decision;
  }
  if (const auto problem = problemOf(seen.vm, pod, seen.mountErrors)) {
    Decision decision;
    decision.report =
        report(seen, pod, pod.nodeName.empty() ? "Scheduling" : "Starting", "False", problem->reason, problem->message);
    decision.report.warning = true;
    decision.again = seen.mountErrors.empty() ? 0ms : MountLookAgain;
    return decision;
  }
  return pod.nodeName.empty() ? scheduling(seen, pod) : starting(seen, pod);
}

// Passing states are held back only while they are young, and never while status still says that all is well.
void holdBack(const Observation& seen, const PodView& pod, Decision& decision) {
  if (!decision.passing) return;
  const auto end = pod.createdAt + PassingTime;
  const bool claimsReady = kube::isConditionTrue(Json{{"status", seen.status}}, "Ready");
  decision.passing = !claimsReady && seen.now < end;
  if (decision.passing) decision.again = until(end, seen.now);
}

}  // namespace

bool wantsMountErrors(const PodView& pod, kube::TimePoint now) {
  return !pod.nodeName.empty() && !pod.deleting && !pod.containerRunning && !pod.end &&
         pod.scheduledAt + MountPatience <= now;
}

Decision decide(const Observation& seen) {
  if (seen.pod == nullptr) return withoutPod(seen);
  const auto pod = viewOf(*seen.pod, seen.vm);
  if (!pod.ours && !pod.deleting && !pod.predecessors) return foreignPod(seen, pod);
  if (!pod.ours) {
    // Left over from a VM of the same name, or a stranger that is going: the name is free soon, and its deletion wakes
    // us.
    return {Action::None,
            report(seen, "Pending", "False", "WaitingForName",
                   fmt::format("waiting for the old pod '{}' to end", pod.name)),
            true, PassingTime};
  }
  if (seen.vm.deleting)
    return {Action::None, report(seen, pod, "Stopping", "False", "Deleting", "being deleted"), false, 0ms};
  if (seen.node != nullptr && isUnreachable(*seen.node) && !pod.end) return unreachableNode(seen, pod);
  if (pod.deleting || seen.vm.spec.runStrategy == RunStrategy::Halted) return stopping(seen, pod);

  auto changed = changedFields(seen.vm.spec, *seen.pod);
  if (pod.end) return ended(seen, pod, !changed.empty());
  if (guestRuns(seen, pod)) return running(seen, pod, std::move(changed));
  if (guestSeen(seen, pod)) return ending(seen, pod);
  Decision decision = onTheWay(seen, pod, !changed.empty());
  holdBack(seen, pod, decision);
  return decision;
}

}  // namespace windlass::vm
