#pragma once
// What changed between two plans, for a person who approved the first.
#include "operator/plan/plan.h"

namespace windlass::ops {

struct PlanDifference {
  std::vector<std::string> lines;  // "+ step", "- step", "~ step: field: old -> new"; empty when the plans are the same
};

PlanDifference difference(const UpgradePlan& before, const UpgradePlan& after);

}  // namespace windlass::ops
