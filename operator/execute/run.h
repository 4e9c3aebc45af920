#pragma once
// An upgrade run: the recorded state of a plan that is carried out. Plain values; what an UpgradeRun's status holds
// (run_json.h). Everything that the next decision needs is here, nothing is kept in memory.
#include <cstdint>
#include <string>
#include <vector>

namespace windlass::ops {

enum class RunMode : std::uint8_t {
  Planned,      // nobody has approved it
  Approved,     // its hash was approved; nothing was begun
  Running,      // the phase is that of the step at the cursor
  Paused,       // between two steps, until resume
  RollingBack,  // from the step at the cursor down to the first; with `restoring` also beyond the point of no return
  Aborted,      // over: the cloud is at the old release
  Failed,       // stopped by an error; resume, and what else is possible, stands in actions()
  Done,         // over: the cloud is at the new release
};

enum class StepStatus : std::uint8_t {
  Pending,   // not begun, or to be begun again
  Intended,  // the intent is recorded; whether it was begun, and how it ended, is not known
  Done,
  Failed,
  Undoing,  // the intent to take it back is recorded
  Undone,
};

struct StepRecord {
  StepStatus status = StepStatus::Pending;
  // It may have changed something. Cleared only when examination shows that it did not.
  bool touched = false;
  bool halfApplied = false;  // a schema change stopped in the middle
  bool cancelled = false;    // this attempt took too long and was ended
  int attempt = 0;           // of the Job's name; never used twice
  int firstAttempt = 1;      // since the last resume: how many are left is counted from here
  int exitCode = 0;
  std::int64_t begun = 0, ended = 0;  // seconds, the driver's clock
  std::string evidence;               // what was seen at its end
};

struct Run {
  std::string planHash;  // of the approved plan
  RunMode mode = RunMode::Planned;
  std::size_t cursor = 0;  // the step in work, or the next one
  bool pauseWanted = false;
  bool rollbackWanted = false;  // as soon as the step in work has a known end
  bool rollbackBegan = false;   // resume goes on backwards
  bool restoring = false;       // what a rollback cannot take back, the backups of this run do
  bool contractApproved = false;
  bool drifted = false;  // the cloud is not the one the plan was made for
  std::string why;       // of Failed, RollingBack and Aborted
  std::vector<StepRecord> steps;
};

}  // namespace windlass::ops
