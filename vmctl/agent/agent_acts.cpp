#include <spdlog/spdlog.h>

#include "vmctl/agent/agent.h"
#include "vmctl/agent/agent_case.h"
#include "vmctl/agent/claim.h"
#include "vmctl/agent/guest_status.h"
#include "vmctl/agent/network.h"
#include "vmctl/agent/start.h"
#include "vmctl/carrier/protocol.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

namespace {

// The carrier may be gone by now; whether it is decides the next observation, not this write.
void tell(const Status& sent) {
  if (!sent) spdlog::debug("{}", sent.error().toString());
}

// A journal for a case that has none (it was lost, or the guest never got that far).
JournalEntry entryOf(const std::optional<JournalEntry>& known, const Identity& identity) {
  if (known) return *known;
  JournalEntry entry;
  entry.identity = identity;
  return entry;
}

}  // namespace

Status Agent::carryOut(const Case& seen, const Decision& decision) {
  switch (decision.act) {
    case Act::Start:
      return start(seen);
    case Act::UndoStart:
      return undoStart(seen);
    case Act::Adopt:
      return adopt(seen);
    case Act::RequestShutdown:
      return requestShutdown(seen, decision.graceSeconds);
    case Act::AskAgain:
      return askAgain(seen);
    case Act::ForceOff:
      return forceOff(seen);
    case Act::DestroyDomain:
      return destroyDomain(seen, decision.why);
    case Act::ReportEnd:
      return reportEnd(seen, *decision.end);
    case Act::Forget:
      return forget(seen, *decision.end);
    case Act::Nothing:
    case Act::Wait:
      break;
  }
  return {};
}

Status Agent::start(const Case& seen) {
  const auto began = std::chrono::steady_clock::now();
  const StartInput input{parts_.carriers.pidOf(seen.identity.podUid), seen.pod, seen.identity};
  if (input.carrier == 0) return fail(ErrorKind::Unavailable, "the carrier went away before its guest was started");
  const Status started = startGuest(parts_, input);
  if (started) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    spdlog::info("started VM {}/{} in {} ms", seen.identity.ns, seen.identity.name, took.count());
    return {};
  }
  const std::optional<int> exitCode = exitCodeOfStart(started.error());
  if (!exitCode) return waitForClaim(seen, started.error());
  spdlog::error("VM {}/{} does not start: {}", seen.identity.ns, seen.identity.name, started.error().toString());
  WINDLASS_TRY(parts_.hypervisor.destroy(seen.identity.vmUid));
  WINDLASS_TRY(parts_.node.removeTap(tapName(seen.identity.vmUid)));
  return reportEnd(seen, {*exitCode, started.error().toString(), parts_.now()});
}

// Says once, in the guest's log and in the status, what a start waits for; the error makes the queue try again.
Status Agent::waitForClaim(const Case& seen, const kube::Error& reason) {
  {
    const std::lock_guard lock(mutex_);
    std::string& told = waiting_[seen.identity.podUid];
    if (told == reason.message) return fail(reason);
    told = reason.message;
  }
  tell(parts_.carriers.sendStarting(seen.identity.podUid, "waiting: " + reason.message));
  if (reason.kind == ErrorKind::Conflict) {
    WINDLASS_TRY(writeStatus(parts_.client, waitingStatus(seen.identity, parts_.nodeName, reason.message)));
  }
  return fail(reason);
}

Status Agent::undoStart(const Case& seen) {
  WINDLASS_TRY(parts_.hypervisor.destroy(seen.identity.vmUid));
  WINDLASS_TRY(parts_.node.removeTap(tapName(seen.identity.vmUid)));
  parts_.hypervisor.forgetStop(seen.identity.vmUid);
  return {};
}

Status Agent::adopt(const Case& seen) {
  JournalEntry entry = entryOf(parts_.journal.find(seen.identity.vmUid), seen.identity);
  if (entry.stage != Stage::Running) {
    entry.stage = Stage::Running;
    entry.bootedAt = parts_.now();
    WINDLASS_TRY(parts_.journal.put(entry));
  }
  tell(parts_.carriers.sendRunning(seen.identity.podUid));
  WINDLASS_TRY(writeStatus(parts_.client, runningStatus(entry, parts_.nodeName)));
  entry.runningReported = true;
  return parts_.journal.put(entry);
}

Status Agent::requestShutdown(const Case& seen, int graceSeconds) {
  JournalEntry entry = *seen.what.journal;
  entry.stage = Stage::Stopping;
  entry.stopRequestedAt = parts_.now();
  entry.graceSeconds = graceSeconds;
  WINDLASS_TRY(parts_.journal.put(entry));
  return askAgain(seen);
}

// A guest that takes neither request is turned off when its time is over; that is not an error of ours.
Status Agent::askAgain(const Case& seen) {
  JournalEntry entry = *parts_.journal.find(seen.identity.vmUid);
  ++entry.timesAsked;
  WINDLASS_TRY(parts_.journal.put(entry));
  const Status pressed = parts_.hypervisor.shutdown(seen.identity.vmUid, ShutdownMethod::PowerButton);
  if (!pressed) spdlog::warn("{}", pressed.error().toString());
  // The agent's way is the guest's own `shutdown`; only guests that ignored the button so far need it.
  if (entry.timesAsked < 3) return {};
  const Status asked = parts_.hypervisor.shutdown(seen.identity.vmUid, ShutdownMethod::GuestAgent);
  if (!asked) spdlog::debug("{}", asked.error().toString());
  return {};
}

Status Agent::forceOff(const Case& seen) {
  JournalEntry entry = *seen.what.journal;
  entry.forcedOff = true;
  WINDLASS_TRY(parts_.journal.put(entry));
  return parts_.hypervisor.destroy(seen.identity.vmUid);
}

// Journaled even when there was no journal: the claim of a guest that is ended here has to be released afterwards.
Status Agent::destroyDomain(const Case& seen, const std::string& why) {
  JournalEntry entry = entryOf(seen.what.journal, seen.identity);
  if (!entry.end) {
    const int exitCode = entry.stage == Stage::Stopping ? carrier::kExitForcedOff : carrier::kExitEvicted;
    entry.end = GuestEnd{exitCode, why, parts_.now()};
    WINDLASS_TRY(parts_.journal.put(entry));
  }
  return parts_.hypervisor.destroy(seen.identity.vmUid);
}

// Makes the end known to the API, once: the status, and the claim that another start may be waiting for.
Status Agent::settle(JournalEntry& entry) {
  if (entry.endReported) return {};
  WINDLASS_TRY(writeStatus(parts_.client, endedStatus(entry, parts_.nodeName)));
  WINDLASS_TRY(releaseClaim(parts_.client, entry.identity, parts_.nodeName));
  entry.endReported = true;
  return parts_.journal.put(entry);
}

Status Agent::reportEnd(const Case& seen, const GuestEnd& end) {
  JournalEntry entry = entryOf(parts_.journal.find(seen.identity.vmUid), seen.identity);
  entry.stage = Stage::Ended;
  entry.end = end;
  WINDLASS_TRY(parts_.journal.put(entry));
  // First the carrier: it must be able to end even while the API does not answer.
  tell(parts_.carriers.sendStopped(seen.identity.podUid, end.exitCode, end.message));
  return settle(entry);
}

Status Agent::forget(const Case& seen, const GuestEnd& end) {
  JournalEntry entry = *seen.what.journal;
  entry.end = end;
  WINDLASS_TRY(parts_.node.removeTap(tapName(seen.identity.vmUid)));
  WINDLASS_TRY(settle(entry));
  WINDLASS_TRY(parts_.journal.erase(seen.identity.vmUid));
  parts_.carriers.forget(seen.identity.podUid);
  parts_.hypervisor.forgetStop(seen.identity.vmUid);
  const std::lock_guard lock(mutex_);
  pods_.erase(seen.identity.podUid);
  pods_.erase(seen.identity.vmUid);
  waiting_.erase(seen.identity.podUid);
  return {};
}

}  // namespace windlass::vm
