#pragma once
// The Job by which a step of a run acts, and the one that looks whether it did. Pure.
#include <string>
#include <vector>

#include "operator/catalog/catalog.h"
#include "operator/plan/plan.h"
#include "operator/reconcile/observe.h"
#include "operator/render/render.h"

namespace windlass::ops {

// The step acts by a Job. All others act by what the cloud's own reconciler renders, or only look.
bool actsByJob(StepKind kind);

// The same for the same run object, step and attempt, and for nothing else; at most 63 characters. A later run of the
// same name has other Jobs.
std::string stepJobName(const Json& run, const Step& step, int attempt);
std::string examinationName(const std::string& jobName);

struct StepContext {
  const Catalog& catalog;
  const OpenStackCloud& cloud;
  const OpenStackCloud& before;  // with the settings that the plan leaves, for steps of the release that it leaves
  const RenderContext& render;
  const Json& run;  // the UpgradeRun, which owns what is made
  const UpgradePlan& plan;
};

// What is to be made for an attempt, in this order, with labels and owner.
kube::Result<std::vector<Json>> objectsOfStep(const StepContext& context, const Step& step, int attempt);
// The same for the command that tells whether an attempt with an unknown end did its work.
kube::Result<std::vector<Json>> objectsOfExamination(const StepContext& context, const Step& step, int attempt);

}  // namespace windlass::ops
