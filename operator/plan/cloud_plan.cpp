#include "operator/plan/cloud_plan.h"

#include <tuple>

#include "operator/plan/canonical.h"
#include "operator/plan/settings_plan.h"

namespace windlass::ops {
namespace {

// A component that an abandoned run left at a third release, or with third settings, cannot be part of this plan.
kube::Status checkComponents(const OpenStackCloudStatus& status, const std::string& to, const SettingsChange& change) {
  for (const auto& [component, runs] : status.components) {
    if (runs.release != to && runs.release != status.release) {
      return kube::fail(kube::ErrorKind::Invalid,
                        component + " runs " + runs.release + " already, ask for that release first");
    }
    if (runs.settings.empty() || runs.settings == change.from || runs.settings == change.to) continue;
    return kube::fail(kube::ErrorKind::Invalid,
                      component + " runs the settings of ControllerRevision " + runs.settings +
                          " already, put these into spec.services first: the plan that leads there can be carried out "
                          "or rolled back");
  }
  return {};
}

}  // namespace

kube::Result<UpgradePlan> planOf(const Catalog& catalog, const kube::Json& cloud, const OpenStackCloud& decoded,
                                 const std::string& imageRegistry, const SettingsChange& change) {
  const OpenStackCloudStatus status = decodeStatus(cloud);
  if (status.release.empty())
    return kube::fail(kube::ErrorKind::Invalid,
                      "the cloud was never complete, so it runs no release that could be left");
  WINDLASS_TRY(checkComponents(status, decoded.spec.release, change));
  const PlanRequest request{status.release, decoded.spec.release, imageRegistry};
  const bool stays = status.release == decoded.spec.release && !change.components.empty();
  WINDLASS_TRY_ASSIGN(UpgradePlan made, stays ? planSettings(catalog, decoded, request, change, {})
                                              : plan(catalog, decoded, request, {}));
  if (!change.to.empty()) takeSettings(made, change);
  made.specDigest = specDigest(cloud.at("spec"));
  return made;
}

bool asksForTheSame(const UpgradePlan& approved, const UpgradePlan& present) {
  const auto asked = [](const UpgradePlan& plan) {
    return std::tie(plan.ns, plan.cloud, plan.from, plan.to, plan.specDigest, plan.settingsFrom, plan.settingsTo,
                    plan.settingsRevision);
  };
  return asked(approved) == asked(present);
}

}  // namespace windlass::ops
