#pragma once
// The plan for a change of settings (operator/model/settings.h) while the release stays. Pure.
#include "operator/model/settings.h"
#include "operator/plan/planner.h"

namespace windlass::ops {

// Steps for the components that `change` names, and no others: questions, canary and roll as in a hop, a soak. No
// schema, no backup, no point of no return. Invalid when the data does not say how one of them is changed.
kube::Result<UpgradePlan> planSettings(const Catalog& catalog, const OpenStackCloud& cloud, const PlanRequest& request,
                                       const SettingsChange& change, const CloudFacts& observed);

// What a plan says of settings.
void takeSettings(UpgradePlan& plan, const SettingsChange& change);

}  // namespace windlass::ops
