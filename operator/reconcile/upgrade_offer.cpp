#include "operator/reconcile/upgrade_offer.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

std::string howToApprove(const Json& plan) {
  const std::string name = kube::nameOf(plan);
  return fmt::format(
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

}  // namespace

UpgradeOffer atRelease(const std::string& release) {
  return {"AtRelease", "release " + release + " runs, as the spec asks", {}};
}

UpgradeOffer offerOf(const Catalog& catalog, const Json& cloud, const OpenStackCloud& decoded,
                     const std::string& imageRegistry) {
  const std::string running = decodeStatus(cloud).release;
  if (running == decoded.spec.release) return atRelease(running);
  if (const auto hop = findHop(catalog, running, decoded.spec.release); !hop)
    return {"RouteForbidden", "spec.release: " + hop.error().toString(), {}};
  const auto made = planOf(catalog, cloud, decoded, imageRegistry);
  if (!made) return {"CannotPlan", made.error().toString(), {}};
  Json object = objectOfCloud(*made, cloud);
  std::string message = howToApprove(object);
  return {"PlanWaitsForApproval", std::move(message), std::move(object)};
}

}  // namespace windlass::ops
