#include "operator/plan/cloud_plan.h"

#include <tuple>

#include "operator/plan/canonical.h"

namespace windlass::ops {
namespace {

// A component that an abandoned run left at a third release cannot be part of this hop.
kube::Status checkComponents(const OpenStackCloudStatus& status, const std::string& to) {
  for (const auto& [component, release] : status.components) {
    if (release == to || release == status.release) continue;
    return kube::fail(kube::ErrorKind::Invalid,
                      component + " runs " + release + " already, ask for that release first");
  }
  return {};
}

}  // namespace

kube::Result<UpgradePlan> planOf(const Catalog& catalog, const kube::Json& cloud, const OpenStackCloud& decoded,
                                 const std::string& imageRegistry) {
  const OpenStackCloudStatus status = decodeStatus(cloud);
  if (status.release.empty())
    return kube::fail(kube::ErrorKind::Invalid,
                      "the cloud was never complete, so it runs no release that could be left");
  WINDLASS_TRY(checkComponents(status, decoded.spec.release));
  const PlanRequest request{status.release, decoded.spec.release, imageRegistry};
  WINDLASS_TRY_ASSIGN(UpgradePlan made, plan(catalog, decoded, request, {}));
  made.specDigest = specDigest(cloud.at("spec"));
  return made;
}

bool asksForTheSame(const UpgradePlan& approved, const UpgradePlan& present) {
  const auto asked = [](const UpgradePlan& plan) {
    return std::tie(plan.ns, plan.cloud, plan.from, plan.to, plan.specDigest);
  };
  return asked(approved) == asked(present);
}

}  // namespace windlass::ops
