#pragma once
// What a change of spec.release asks for: a plan that a person may approve. Pure. Until one is approved and carried out
// the cloud goes on with the release that runs.
#include <string>

#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

struct UpgradeOffer {
  std::string reason;  // AtRelease | PlanWaitsForApproval | RouteForbidden | CannotPlan
  std::string message;
  kube::Json plan;  // the UpgradePlan to be made, with label and owner; null when there is none
};

// Nothing is left to do.
UpgradeOffer atRelease(const std::string& release);

// `cloud` says in its status which release runs; it is not called before that is known.
UpgradeOffer offerOf(const Catalog& catalog, const kube::Json& cloud, const OpenStackCloud& decoded,
                     const std::string& imageRegistry);

}  // namespace windlass::ops
