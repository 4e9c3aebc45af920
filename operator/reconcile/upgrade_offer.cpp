#include "operator/reconcile/upgrade_offer.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

std::string howToApprove(const Json& plan, const UpgradePlan& made) {
  const std::string name = kube::nameOf(plan);
  const std::string what =
      made.route == kSettingsRoute ? fmt::format("new settings of {} are held; ", fmt::join(made.services, ", ")) : "";
  return what +
         fmt::format(
             "plan {} waits for approval; read it with kubectl -n {} get upgradeplan {} -o yaml, approve it with an "
             "UpgradeRun "
             "that names plan and hash ({})",
             name, kube::namespaceOf(plan), name, kube::stringAt(plan, "/spec/hash"));
}

Json objectOfCloud(const UpgradePlan& plan, const Json& cloud) {
  Json object = objectOf(plan);
  object["metadata"]["labels"][std::string(kCloudLabel)] = kube::nameOf(cloud);
  // Cannot fail: same namespace, and a new object has no owner.
  static_cast<void>(kube::setController(object, cloud, kOpenStackCloudKind));
  return object;
}

// An abandoned run left some.
bool hasOtherSettings(const OpenStackCloudStatus& status) {
  return std::any_of(status.components.begin(), status.components.end(),
                     [](const auto& entry) { return !entry.second.settings.empty(); });
}

}  // namespace

UpgradeOffer atRelease(const std::string& release) {
  return {"AtRelease", "release " + release + " runs, as the spec asks", {}};
}

UpgradeOffer offerOf(const Catalog& catalog, const Json& cloud, const OpenStackCloud& decoded,
                     const std::string& imageRegistry, const kube::Result<SettingsChange>& change) {
  const OpenStackCloudStatus status = decodeStatus(cloud);
  const std::string& running = status.release;
  if (!change) return {"CannotPlan", change.error().toString(), {}};
  const bool stays = running == decoded.spec.release;
  if (stays && change->to.empty() && !hasOtherSettings(status)) return atRelease(running);
  if (const auto hop = findHop(catalog, running, decoded.spec.release); !stays && !hop)
    return {"RouteForbidden", "spec.release: " + hop.error().toString(), {}};
  const auto made = planOf(catalog, cloud, decoded, imageRegistry, *change);
  if (!made) return {"CannotPlan", made.error().toString(), {}};
  Json object = objectOfCloud(*made, cloud);
  std::string message = howToApprove(object, *made);
  return {"PlanWaitsForApproval", std::move(message), std::move(object)};
}

}  // namespace windlass::ops
