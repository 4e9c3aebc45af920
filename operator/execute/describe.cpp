#include "operator/execute/describe.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "operator/execute/components.h"
#include "operator/execute/step_machine.h"

namespace windlass::ops {
namespace {

constexpr std::array kModes = {"Planned", "Approved", "Running", "Paused", "RollingBack", "Aborted", "Failed", "Done"};
constexpr std::array kStatuses = {"Pending", "Intended", "Done", "Failed", "Undoing", "Undone"};

bool changesCode(const Step& step) {
  return step.undo == Undo::Reverse && !step.component.empty();
}

struct Progress {
  bool begun = false, whole = true;
};

// Of the components whose code or settings the plan changes, by name.
std::map<std::string, Progress> progressOf(const UpgradePlan& plan, const Run& run) {
  std::map<std::string, Progress> out;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    if (!changesCode(plan.steps[i])) continue;
    Progress& progress = out[componentOf(plan.steps[i])];
    progress.begun |= run.steps[i].touched && run.steps[i].status != StepStatus::Undone;
    progress.whole &= run.steps[i].status == StepStatus::Done;
  }
  return out;
}

// "runs 2025.1", "runs 2025.2", "is between 2025.1 and 2025.2 (1 of 3 components run 2025.2)".
std::string whatTheCloudIs(const UpgradePlan& plan, const Run& run) {
  const auto components = progressOf(plan, run);
  const auto counted = [&](bool Progress::*what) {
    return std::count_if(components.begin(), components.end(), [&](const auto& one) { return one.second.*what; });
  };
  const auto all = static_cast<std::ptrdiff_t>(components.size()), whole = counted(&Progress::whole);
  const bool settings = plan.route == kSettingsRoute;
  const std::string before = settings ? "the old settings" : plan.from, after = settings ? "the new settings" : plan.to;
  if (counted(&Progress::begun) == 0) return plan.cloud + " runs " + before;
  if (whole == all) return plan.cloud + " runs " + after;
  return fmt::format("{} is between {} and {} ({} of {} components run {})", plan.cloud, before, after, whole, all,
                     after);
}

std::string stepName(const UpgradePlan& plan, const Run& run) {
  return run.cursor < plan.steps.size() ? plan.steps[run.cursor].id : "the end";
}

// "a, b"; of those whose backup was put in.
std::string restoredServices(const UpgradePlan& plan, const Run& run) {
  std::string out;
  for (const std::string& service : plan.services) {
    for (std::size_t i = 0; i < run.steps.size(); ++i) {
      if (plan.steps[i].service != service || !needsBackup(plan.steps[i]) || run.steps[i].status != StepStatus::Undone)
        continue;
      out += (out.empty() ? "" : ", ") + service;
      break;
    }
  }
  return out;
}

// Of a run that was taken back.
std::string whatStays(const UpgradePlan& plan, const Run& run) {
  if (run.restoring) return " What was written to " + restoredServices(plan, run) + " since their backups is lost.";
  return plan.route == kSettingsRoute ? "" : " Columns that were added stay and do no harm.";
}

std::string wayOutOf(const UpgradePlan& plan, const Run& run) {
  if (run.restoring) return "Repair and resume, which goes on with putting the backups in.";
  if (!passedPointOfNoReturn(plan, run)) return "Repair and resume, or roll back.";
  return "The way is forward: repair and resume; only the backup of this run leads back (restore), and what was "
         "written since is lost.";
}

std::string because(const Run& run) {
  return run.why.empty() ? "" : " (" + run.why + ")";
}

}  // namespace

std::string_view toString(RunMode mode) {
  return kModes.at(static_cast<std::size_t>(mode));
}
std::string_view toString(StepStatus status) {
  return kStatuses.at(static_cast<std::size_t>(status));
}

std::string phaseOf(const UpgradePlan& plan, const Run& run) {
  if (run.mode == RunMode::Running && run.cursor < plan.steps.size())
    return std::string(toString(plan.steps[run.cursor].phase));
  return std::string(toString(run.mode));
}

std::string sentenceOf(const UpgradePlan& plan, const Run& run) {
  const std::string cloud = whatTheCloudIs(plan, run);
  switch (run.mode) {
    case RunMode::Planned:
      return cloud + "; nothing was begun, the plan waits for approval.";
    case RunMode::Approved:
      return cloud + "; the plan is approved and begins now.";
    case RunMode::Running:
      return cloud + "; in work is " + stepName(plan, run) + ".";
    case RunMode::Paused:
      return cloud + "; the run is paused before " + stepName(plan, run) + ", which resume begins.";
    case RunMode::RollingBack:
      return cloud + (run.restoring ? "; backups are put in, now " : "; changes are taken back, now ") +
             stepName(plan, run) + because(run) + ".";
    case RunMode::Aborted:
      return cloud + " as before; the run is over" + because(run) + "." + whatStays(plan, run);
    case RunMode::Failed:
      return cloud + "; the run stopped" + because(run) + ". " + wayOutOf(plan, run);
    case RunMode::Done:
      return cloud + "; the run is over.";
  }
  return "";
}

std::vector<std::string> actions(const UpgradePlan& plan, const Run& run) {
  const bool back = !passedPointOfNoReturn(plan, run);
  std::vector<std::string> out;
  switch (run.mode) {
    case RunMode::Planned:
      return {"approve", "abort"};
    case RunMode::Approved:
    case RunMode::Running:
      out = {"pause"};
      break;
    case RunMode::Paused:
      out = {"resume"};
      break;
    case RunMode::Failed:
      out = {"resume"};
      break;
    case RunMode::Done:
      return back ? out : std::vector<std::string>{"restore"};
    case RunMode::RollingBack:
    case RunMode::Aborted:
      return {};
  }
  if (back && !run.rollbackBegan) out.insert(out.end(), {"rollback", "abort"});
  if (!back && !run.restoring) out.emplace_back("restore");
  if (!run.contractApproved) out.emplace_back("approve-contract");
  return out;
}

}  // namespace windlass::ops
