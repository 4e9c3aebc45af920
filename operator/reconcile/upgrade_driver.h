#pragma once
// One look at one run: takes it as far as it goes without waiting. Private to this room; lives for one reconcile.
#include <optional>
#include <set>

#include "operator/execute/step_machine.h"
#include "operator/reconcile/canary_driver.h"
#include "operator/reconcile/cloud_reconciler.h"
#include "operator/reconcile/upgrade_jobs.h"
#include "operator/reconcile/upgrade_sight.h"
#include "operator/reconcile/upgrade_status.h"

namespace windlass::ops {

// All that a look rests on, read anew for each.
struct DriverInput {
  Json object;  // the UpgradeRun as it is stored
  UpgradeRunSpec spec;
  UpgradePlan plan;
  std::string hash;
  Json cloudObject;
  OpenStackCloud cloud;
  OpenStackCloud cloudBefore;   // with the settings that the plan leaves
  Result<UpgradePlan> present;  // the plan made now
  std::string other;            // another run of the cloud in work, ""
  Json policy;                  // spec of the CanaryPolicy; null when there is none that can be used
};

class UpgradeDriver {
 public:
  UpgradeDriver(ReconcilerWorld& world, const Catalog& catalog, const RenderContext& context, DriverInput input,
                Run run);

  // Conflict: somebody else wrote the run, nothing was done since.
  Status drive();
  const Run& run() const { return run_; }
  // A canary is in work, or its requests are not taken away yet.
  bool watchesCanary() const;

 private:
  std::optional<Event> nextEvent();
  std::optional<Event> beginIfGranted();
  std::optional<Event> refuse(const std::string& why);
  Status take(Event event);
  Status perform(const Effect& effect);
  Status begin(const Effect& effect);
  Status make(const std::vector<Json>& objects);
  Status removeJob(const std::string& name);

  Status lookAt(const Effect& effect);
  Status hear(const Effect& effect, const Result<Sight>& seen);
  Result<Sight> sightOf(const Step& step, const StepRecord& record, bool isNew);
  Result<Sight> jobStepSight(const Step& step, const StepRecord& record, bool isNew);
  Result<Sight> endOf(const Json& job);
  Result<Sight> examined(const Step& step, const StepRecord& record, OutcomeKind whenNotDone);
  Result<Sight> componentStepSight(const Step& step);
  Result<Sight> restoreSight(const Step& step, const StepRecord& record);

  Status record(const Run& run);
  Status rest();
  Status publish();
  Status write(const Json& status);
  void tell(RunMode before);

  std::int64_t seconds() const;
  StepContext stepContext() const { return {catalog_, in_.cloud, in_.cloudBefore, context_, in_.object, in_.plan}; }

  ReconcilerWorld& world_;
  const Catalog& catalog_;
  const RenderContext& context_;
  DriverInput in_;
  const std::string presentHash_;
  Run run_;
  RunNotes notes_;
  CanaryDriver canary_;
  std::set<EventKind> answered_;
  std::optional<Event> pending_;  // an outcome that the machine has not heard yet
  bool woken_ = false;
};

}  // namespace windlass::ops
