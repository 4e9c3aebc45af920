#include "vmctl/agent/decide.h"

#include <algorithm>

#include "vmctl/carrier/protocol.h"

namespace windlass::vm {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The carrier must be told and must exit before the kubelet kills it: the guest gets a little less than the pod.
constexpr int kReservedSeconds = 2;

Decision act(Act what, std::string why, milliseconds after = milliseconds{0}) {
  Decision decision;
  decision.act = what;
  decision.why = std::move(why);
  decision.after = after;
  return decision;
}

Decision ended(Act what, int exitCode, std::string message, kube::TimePoint now) {
  Decision decision = act(what, message);
  decision.end = GuestEnd{exitCode, std::move(message), now};
  return decision;
}

// The carrier cannot come back for this pod.
bool carrierLost(const Observation& seen) {
  return !seen.podExists || seen.podTerminal || seen.carrier.process == CarrierView::Process::Gone;
}

bool asksToStop(const Observation& seen) {
  return seen.podDeleting || seen.carrier.terminating;
}

GuestEnd howItEnded(const Observation& seen) {
  const JournalEntry& entry = *seen.journal;
  if (entry.end) return *entry.end;
  if (entry.forcedOff) {
    return {carrier::kExitForcedOff, "the guest did not shut down within its grace period and was turned off",
            seen.now};
  }
  if (seen.lastStop == StopCause::Crashed) return {carrier::kExitCrashed, "the guest crashed", seen.now};
  if (seen.lastStop == StopCause::Failed)
    return {carrier::kExitCrashed, "QEMU died; see its log on the node", seen.now};
  if (seen.lastStop == StopCause::Destroyed) {
    return {carrier::kExitEvicted, "the domain was destroyed on the node by another hand", seen.now};
  }
  if (entry.stage == Stage::Stopping) return {carrier::kExitClean, "the guest shut down as asked", seen.now};
  if (seen.lastStop == StopCause::Shutdown) return {carrier::kExitClean, "the guest powered itself off", seen.now};
  return {carrier::kExitUnwitnessed, "the guest ended while no agent was there to see how", seen.now};
}

Decision withoutJournal(const Observation& seen) {
  const bool alive = seen.carrier.process == CarrierView::Process::Alive;
  if (seen.domain) {
    // The journal was lost with the disk; domain and carrier still tell everything.
    if (alive && seen.carrier.hasConsole && !carrierLost(seen)) return act(Act::Adopt, "a guest without a journal");
    return act(Act::DestroyDomain, "a domain without journal and carrier");
  }
  if (!seen.podExists || seen.podTerminal) return act(Act::Nothing, "no carrier and no guest");
  if (!alive) return act(Act::Wait, "waiting for the carrier to listen", milliseconds{50});
  if (seen.carrier.hasConsole || seen.carrier.hadGuest) {
    return ended(Act::ReportEnd, carrier::kExitUnwitnessed, "the guest ended while no agent was there to see how",
                 seen.now);
  }
  if (asksToStop(seen)) {
    return ended(Act::ReportEnd, carrier::kExitClean, "asked to stop before a guest was started", seen.now);
  }
  return act(Act::Start, "a carrier waits for its guest");
}

Decision whileStarting(const Observation& seen) {
  if (seen.domain == DomainState::Running) return act(Act::Adopt, "the guest was resumed");
  if (seen.domain) return act(Act::UndoStart, "a start was interrupted");
  if (asksToStop(seen)) {
    return ended(Act::ReportEnd, carrier::kExitClean, "asked to stop before the guest was started", seen.now);
  }
  if (seen.carrier.process != CarrierView::Process::Alive) {
    return act(Act::Wait, "waiting for the carrier to answer again", milliseconds{100});
  }
  return act(Act::Start, "a start was interrupted");
}

Decision requestShutdown(const Observation& seen) {
  const int announced =
      seen.carrier.graceSeconds > 0 ? seen.carrier.graceSeconds : seen.podGraceSeconds - kReservedSeconds;
  Decision decision = act(Act::RequestShutdown, "the pod is to stop");
  decision.graceSeconds = std::max(announced, 0);
  return decision;
}

Decision whileRunning(const Observation& seen) {
  if (!seen.domain) {
    const GuestEnd end = howItEnded(seen);
    return ended(Act::ReportEnd, end.exitCode, end.message, end.at);
  }
  if (asksToStop(seen)) return requestShutdown(seen);
  if (seen.carrier.process != CarrierView::Process::Alive) {
    return act(Act::Wait, "waiting for the carrier to answer again", milliseconds{100});
  }
  if (!seen.carrier.hasConsole) {
    return act(Act::DestroyDomain, "the carrier was replaced by a new process; a guest ends with its carrier");
  }
  if (!seen.journal->runningReported) return act(Act::Adopt, "the guest runs and not everybody knows");
  return act(Act::Nothing, "the guest runs");
}

Decision whileStopping(const Observation& seen) {
  const JournalEntry& entry = *seen.journal;
  if (!seen.domain) return whileRunning(seen);
  const kube::TimePoint deadline = entry.stopRequestedAt + seconds(entry.graceSeconds);
  // Five times, but neither more often than each second nor more seldom than each five.
  const seconds pause{std::clamp(entry.graceSeconds / 5, 1, 5)};
  const kube::TimePoint next = std::min(deadline, entry.stopRequestedAt + entry.timesAsked * pause);
  if (seen.now >= deadline) return act(Act::ForceOff, "the grace period is over", milliseconds{200});
  if (seen.now >= next) return act(Act::AskAgain, "the guest has not begun to shut down, or takes its time");
  const auto left = std::chrono::duration_cast<milliseconds>(next - seen.now);
  return act(Act::Wait, "waiting for the guest to shut down", std::max(left, milliseconds{10}));
}

Decision afterLoss(const Observation& seen) {
  if (seen.domain) return act(Act::DestroyDomain, "the carrier is gone; a guest ends with its carrier");
  const JournalEntry& entry = *seen.journal;
  if (entry.end || entry.stage == Stage::Stopping) {
    const GuestEnd end = howItEnded(seen);
    return ended(Act::Forget, end.exitCode, end.message, end.at);
  }
  return ended(Act::Forget, carrier::kExitEvicted, "the carrier pod ended and took its guest with it", seen.now);
}

}  // namespace

Decision decide(const Observation& seen) {
  if (!seen.hypervisorAnswers) return act(Act::Wait, "waiting for libvirt to answer", milliseconds{1000});
  if (!seen.journal) return withoutJournal(seen);
  if (carrierLost(seen)) return afterLoss(seen);
  switch (seen.journal->stage) {
    case Stage::Starting:
      return whileStarting(seen);
    case Stage::Running:
      return whileRunning(seen);
    case Stage::Stopping:
      return whileStopping(seen);
    case Stage::Ended:
      break;
  }
  if (seen.domain) return act(Act::DestroyDomain, "the guest's end was recorded, yet its domain exists");
  if (seen.carrier.process != CarrierView::Process::Alive) {
    return act(Act::Wait, "waiting for the carrier to end", milliseconds{200});
  }
  const GuestEnd end = howItEnded(seen);
  Decision decision = ended(Act::ReportEnd, end.exitCode, end.message, end.at);
  decision.after = milliseconds{1000};
  return decision;
}

std::string_view toString(Act what) {
  switch (what) {
    case Act::Nothing:
      return "Nothing";
    case Act::Wait:
      return "Wait";
    case Act::Start:
      return "Start";
    case Act::UndoStart:
      return "UndoStart";
    case Act::Adopt:
      return "Adopt";
    case Act::RequestShutdown:
      return "RequestShutdown";
    case Act::AskAgain:
      return "AskAgain";
    case Act::ForceOff:
      return "ForceOff";
    case Act::DestroyDomain:
      return "DestroyDomain";
    case Act::ReportEnd:
      return "ReportEnd";
    case Act::Forget:
      return "Forget";
  }
  return "?";
}

}  // namespace windlass::vm
