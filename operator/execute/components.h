#pragma once
// What a run has made of each component so far. Pure: whoever renders the cloud asks the recorded run, so a killed
// operator and its successor see the same.
#include "operator/execute/run.h"
#include "operator/model/component_release.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// Such a step says which release a component is to run, and whether it runs at all.
bool movesPods(StepKind kind);

// Components that the run has touched, with the release that they are to run now. One that was raised and taken back
// is at the old release again; one that was never touched is not named.
// While a backup of a service is put in, and until its old code begins, none of its components runs.
ComponentReleases componentsOf(const UpgradePlan& plan, const Run& run);

// Components of which a revision is tried beside the one in use, with its release and settings. From the intent of the
// first canary step until the component rolls, or until the requests are taken back.
ComponentReleases canariesOf(const UpgradePlan& plan, const Run& run);

// The canary step in work, whose share of requests counts now; nullptr: no canary is to get any request. So whatever
// stops a run takes the share away.
const Step* canaryInWork(const UpgradePlan& plan, const Run& run);

std::string componentOf(const Step& step);  // "<service>/<component>"

}  // namespace windlass::ops
