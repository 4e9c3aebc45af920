#pragma once
// The Job by which a step of a run acts, and the one that looks whether it did. Pure.
#include <string>
#include <vector>

#include "operator/catalog/catalog.h"
#include "operator/execute/step_machine.h"
#include "operator/plan/plan.h"
#include "operator/reconcile/observe.h"
#include "operator/render/render.h"
#include "operator/render/step_job.h"

namespace windlass::ops {

// The step acts by a Job. All others act by what the cloud's own reconciler renders, or only look.
bool actsByJob(StepKind kind);

// The same for the same run object, step and attempt, and for nothing else; at most 63 characters. A later run of the
// same name has other Jobs.
std::string stepJobName(const Json& run, const Step& step, int attempt);
std::string examinationName(const std::string& jobName);
// Of one round of synthetic transactions in a canary step: the Job through either revision is named by it and a suffix.
std::string probeRoundName(const Json& run, const Step& step, int attempt, std::uint64_t round);
std::string probeJobName(const std::string& roundName, ProbeWay way);

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
// The service's own transaction, as the release that runs now would do it, straight at one revision of the component
// that `step` tries. Invalid when the service has none.
kube::Result<Json> probeJob(const StepContext& context, const Step& step, const std::string& roundName, ProbeWay way);

// The copy that leads back from a step that only a backup takes back.
struct RestoreSource {
  std::string job;  // that made the copy, which bears its name; "": there is nothing to put in
  std::vector<std::string> databases;
  OutcomeKind outcome = OutcomeKind::Succeeded;  // when there is nothing to put in
  std::string text;                              // why

  bool isNone() const { return job.empty(); }
};

// Nothing to put in: the service has no databases, another step of it that is taken back later does so (one copy is put
// in once), or (Failed) no copy was made.
RestoreSource restoreSourceOf(const UpgradePlan& plan, const Run& run, const Json& object, const Step& step);
// The same as objectsOfStep for putting the copy in.
kube::Result<std::vector<Json>> objectsOfRestore(const StepContext& context, const Step& step, int attempt,
                                                 const RestoreSource& source);

}  // namespace windlass::ops
