#pragma once
// What may go wrong, or be asked for, at one step of a simulated run.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace windlass::ops {

enum class FaultKind : std::uint8_t {
  CrashBefore,  // the operator dies: the intent is recorded, the act was not made
  CrashAfter,   // the act was made, its evidence was not recorded
  Timeout,      // the step does not end by itself
  ExitCode,     // its command ends with a code that stops, its rollout or gate says no
  LostLease,    // the act of the old leader arrives after the new leader took over
  PodLoss,      // the pod is gone in the middle: a schema change may be half applied
  Database,     // the database fails over: the command ends with an error and changed nothing
  BadCanary,    // the verdict is bad
  Pause,        // a person pauses, and resumes later
  Rollback,     // a person asks for it while the step runs
  Drift,        // the cloud's spec changes, and is put back later
  Restore,      // a person asks for the backups while the step runs
  UndoCrashBefore,
  UndoCrashAfter,
  UndoFails,
};
constexpr int kFaultKinds = 15;
// Faults of the world, which the issue of every step is tried with; the rest are persons' and those of taking back.
constexpr int kWorldFaults = 8;

struct Fault {
  std::size_t step = 0;
  FaultKind kind = FaultKind::CrashBefore;
};

std::string_view toString(FaultKind kind);
std::string_view tellOf(FaultKind kind);  // in words, for a story

}  // namespace windlass::ops
