#pragma once
// A run as the status of an UpgradeRun.
#include "kube/object/json.h"
#include "kube/object/result.h"
#include "operator/execute/run.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// With phase, message and actions for people. Steps that were not begun are left out. Deterministic.
kube::Json statusOf(const UpgradePlan& plan, const Run& run);
// The way back. Invalid when the status names a step that the plan does not have, or holds what is not a run: acting on
// a state that is not understood could do a step twice.
kube::Result<Run> runFromStatus(const UpgradePlan& plan, const std::string& planHash, const kube::Json& status);

}  // namespace windlass::ops
