#pragma once
// What a change of spec.release, or of settings while changes are planned, asks for: a plan that a person may approve.
// Pure. Until one is approved and carried out the cloud goes on with the release and the settings that run.
#include <string>

#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/settings.h"

namespace windlass::ops {

struct UpgradeOffer {
  std::string reason;  // AtRelease | PlanWaitsForApproval | RouteForbidden | CannotPlan
  std::string message;
  kube::Json plan;  // the UpgradePlan to be made, with label and owner; null when there is none
};

// Nothing is left to do.
UpgradeOffer atRelease(const std::string& release);

// `cloud` says in its status which release and settings run; it is not called before that is known. `change` is what
// settingsChangeOf finds.
UpgradeOffer offerOf(const Catalog& catalog, const kube::Json& cloud, const OpenStackCloud& decoded,
                     const std::string& imageRegistry, const kube::Result<SettingsChange>& change);

}  // namespace windlass::ops
