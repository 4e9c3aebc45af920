#pragma once
// The step machine: (plan, run, event) -> (run, effects). Pure.
//
// The driver's contract, which makes a run survive a crash at any instruction:
//   1. it records the returned run (UpgradeRun.status, guarded by resourceVersion) before it performs any effect; when
//   the
//      record is refused, another leader is at work and the effects are dropped;
//   2. it performs the effects in order; a Job is named by run, step and attempt, so a second Begin finds the first;
//   3. it tells what it sees as Outcome events. After a crash, and whenever nothing else is known, it sends Wake.
// So a step is: record the intent, act, record the evidence. A step with recorded intent and no known end is examined,
// never begun again blindly.
#include "operator/execute/run.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

enum class EventKind : std::uint8_t {
  Wake,             // go on; also the first event after a start of the operator
  Outcome,          // what is seen of the step at the cursor
  Approve,          // text = the approved hash
  ApproveContract,  // a person's word for the contract phase
  Pause,
  Resume,  // text = the hash of a plan made now; goes on only when it is the approved one
  Rollback,
  Abort,
  Restore,       // back beyond the point of no return: what was written since the backups is lost
  CloudChanged,  // text = the hash of a plan made now
};

enum class OutcomeKind : std::uint8_t {
  NotBegun,  // no trace of this attempt
  Running,
  Succeeded,    // ended; exitCode says how for a command
  Nothing,      // ended or lost, and it changed nothing
  Lost,         // its pod is gone without an exit code
  HalfApplied,  // a part of its schema change is there
  Failed,       // ended in a way that is no exit code: a roll out of time, a gate that says no
  Bad,          // a canary's verdict
};

struct Event {
  EventKind kind = EventKind::Wake;
  std::int64_t now = 0;  // seconds
  OutcomeKind outcome = OutcomeKind::Running;
  std::size_t step = 0;  // of an outcome
  int attempt = 0;
  bool ofUndo = false;  // of taking the step back
  int exitCode = 0;
  bool hold = false;  // Bad: its requests are taken away, and a person decides the rest
  std::string text = {};
};

enum class EffectKind : std::uint8_t {
  Begin,        // the step's Job or apply, named by its attempt
  Examine,      // answer with an Outcome
  Cancel,       // end the attempt, then answer with an Outcome
  TakeBack,     // the step's reverse
  ExamineUndo,  // answer with an Outcome of the reverse
  ZeroWeight,   // at once: no request to the canary of this step
  Wait,         // nothing to do now; text says for what
  Refuse,       // the request was not granted; text says why and what is possible
};

struct Effect {
  EffectKind kind;
  std::size_t step = 0;
  int attempt = 0;
  std::string text = {};
};

struct Transition {
  Run run;
  std::vector<Effect> effects;
};

// A run for a plan, before its approval.
Run newRun(const UpgradePlan& plan, std::string planHash);

Transition next(const UpgradePlan& plan, Run run, const Event& event);

// A step that only the backup takes back was, or may have been, begun, and no backup was put in since.
bool passedPointOfNoReturn(const UpgradePlan& plan, const Run& run);

// Seconds after which a step that still runs is ended. Questions and canaries have none: what is not decided waits for
// a person.
std::int64_t deadlineOf(const Step& step);

}  // namespace windlass::ops
