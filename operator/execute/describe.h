#pragma once
// A run for people: where it is, what the cloud is now, what may be done.
#include "operator/execute/run.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// "Planned", "Expand", "Paused" ...: the phase of the step in work while it runs, else the mode.
std::string phaseOf(const UpgradePlan& plan, const Run& run);
// One sentence.
std::string sentenceOf(const UpgradePlan& plan, const Run& run);
// Of approve, pause, resume, rollback, abort, approve-contract, restore: those that would be granted now.
std::vector<std::string> actions(const UpgradePlan& plan, const Run& run);

std::string_view toString(RunMode mode);
std::string_view toString(StepStatus status);

}  // namespace windlass::ops
