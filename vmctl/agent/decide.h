#pragma once
// What to do next for one carrier pod, from what is known about it. Pure, and the only place that decides: the rest of
// the agent observes and carries out. Because every decision depends on observations alone, an agent that was killed at
// any instruction continues where it was.
#include <chrono>
#include <optional>
#include <string>

#include "vmctl/agent/journal.h"
#include "vmctl/agent/libvirt.h"

namespace windlass::vm {

struct CarrierView {
  enum class Process {
    Unreachable,  // no answer, and nothing that proves it dead: not started yet
    Gone,         // its socket is there and nobody listens, or its directory is gone
    Alive,
  } process = Process::Unreachable;
  bool hasConsole = false;  // it holds the serial port of a guest that has not closed it
  bool hadGuest = false;    // it was told "running" once
  bool terminating = false;
  int graceSeconds = 0;
};

struct Observation {
  // The pod of the journal entry, or the pod to start for; false as well when another pod has its name now.
  bool podExists = false;
  bool podDeleting = false;
  bool podTerminal = false;  // Succeeded or Failed
  int podGraceSeconds = 30;
  CarrierView carrier;
  std::optional<JournalEntry> journal;
  bool hypervisorAnswers = true;
  std::optional<DomainState> domain;  // the domain of this VM and this pod
  std::optional<StopCause> lastStop;
  kube::TimePoint now;
};

enum class Act {
  Nothing,
  Wait,             // look again after `after`
  Start,            // journal Starting, then every effect up to the resumed guest
  UndoStart,        // end the domain that was never resumed, then start afresh
  Adopt,            // the guest runs: journal it, tell the carrier, write the status
  RequestShutdown,  // journal Stopping, then the power button
  AskAgain,         // a guest that is still booting misses the power button; the guest agent is asked, too
  ForceOff,         // the grace period is over
  DestroyDomain,    // no domain without its carrier
  ReportEnd,        // journal Ended with `end`, status, release the claim, tell the carrier
  Forget,           // report what is not reported yet, then remove every trace
};

struct Decision {
  Act act = Act::Nothing;
  std::chrono::milliseconds after{0};  // look again at the latest then; zero: only when something changes
  std::optional<GuestEnd> end;         // for ReportEnd and Forget
  int graceSeconds = 0;                // for RequestShutdown
  std::string why;                     // for the log
};

Decision decide(const Observation& seen);
std::string_view toString(Act act);

}  // namespace windlass::vm
