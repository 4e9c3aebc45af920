#pragma once
// A canary step of a plan as a part of the policy's course, and one look at it. Pure.
//
// The plan has a stage for those whom the policy chooses (and the baseline before), and one for each share; how large
// the shares are, the run's policy says. A policy with more shares has the rest of them in the last stage; one with
// fewer passes the stages that are left, which their evidence says.
#include <optional>
#include <string>

#include "operator/execute/run.h"
#include "operator/model/canary_policy.h"
#include "operator/plan/plan.h"
#include "operator/reconcile/canary_notes.h"
#include "operator/reconcile/upgrade_sight.h"

namespace windlass::ops {

struct TrialStage {
  std::string id;                    // of the plan's step
  std::string component;             // "<service>/<component>"
  std::optional<std::size_t> share;  // which share of the policy; nullopt: what comes before the first
  bool last = false;
};

// `step` is one of the plan's canary steps.
TrialStage stageOf(const UpgradePlan& plan, const Step& step);
bool isPassed(const TrialStage& stage, const CanaryState& state);

// A person let the stage pass (UpgradeRunSpec::acknowledged): its id, or that of the canary without the stage.
bool isAcknowledged(const TrialStage& stage, const UpgradeRunSpec& spec);
CanaryState passedByPerson(const CanaryPolicy& policy, const TrialStage& stage, CanaryState state);

struct CanaryLookInput {
  const CanaryPolicy& policy;
  const TrialStage& stage;
  const Window& window;
  bool hold = false;    // a pause: judged, but not passed
  std::string trouble;  // why its pods are not there, ""
  std::string probes;   // what synthetic transactions said, ""
  std::string unread;   // why logs could not be read, ""
};

// One look: changes state, split and verdict of the notes. Bad when it is rejected, Succeeded when the stage is passed.
Sight judgeLook(const CanaryLookInput& input, CanaryNotes& notes);
// "the stable revision alone", "1 % of requests".
std::string shareText(const TrafficSplit& split);

}  // namespace windlass::ops
