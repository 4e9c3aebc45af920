#pragma once
// How the step at the cursor of a run ended, or that it has not, from what is there. Pure.
#include <string>
#include <vector>

#include "operator/catalog/catalog.h"
#include "operator/execute/step_machine.h"
#include "operator/model/component_release.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/observe.h"

namespace windlass::ops {

struct Sight {
  OutcomeKind outcome = OutcomeKind::Running;
  int exitCode = 0;
  std::string text;   // evidence, or what is being waited for
  bool hold = false;  // Bad: nothing is taken back, a person decides
};

// How a Job with one pod ended. Succeeded with the exit code of its process, whatever it is; Lost when its process was
// killed, or its pod is gone and nobody knows; Running.
// `pods`: those of the run.
Sight jobSight(const Json& job, const std::vector<Json>& pods);

// The workload was rendered for that release, and for those settings when `wanted` names some.
bool runs(const Json& workload, const ComponentRelease& wanted);

// The component runs that release, all requests go to it, and nothing else of it is left.
Sight componentSight(const std::string& service, const std::string& component, const ComponentRelease& wanted,
                     const Observed& observed);

// The answer to a question. What the operator cannot find out by itself it leaves to a person
// (UpgradeRun.spec.acknowledged); Running: not answered with yes yet.
Sight gateSight(const Step& step, const UpgradeRunSpec& spec, const Catalog& catalog, const OpenStackCloud& cloud,
                const std::string& release, const Observed& observed);

// So many seconds have passed since `begun`, and the cloud is Ready.
Sight soakSight(const Step& step, std::int64_t begun, std::int64_t now, const Json& cloud);

}  // namespace windlass::ops
