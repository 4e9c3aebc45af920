#pragma once
// A cloud (of three services, when nothing is said) that runs 2025.1 and asks for 2025.2, with the reconcilers of
// clouds and of runs.
#include "operator/execute/run.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/upgrade_reconciler.h"
#include "world.h"

namespace windlass::ops {

struct UpgradeWorld : World {
  explicit UpgradeWorld(const Json& spec = threeServicesSpec(), const std::string& wanted = "2025.2");

  // Both reconcilers anew, as after a restart of the process.
  void restartAll();
  // An UpgradeRun for the plan that waits. Everything that a person can say is said: its canaries pass without a look.
  void approve(const std::string& name = "up");
  // Approves, and lives until the pod of this Job or Deployment is all that is waited for (kubelet.release()).
  void approveAndHold(const std::string& name);
  void say(const std::string& field, const Json& value, const std::string& name = "up");  // of the run's spec
  // Both reconcilers and the kubelet take turns until nothing changes; a soak is waited for by turning the clock.
  // `stop` is asked after each turn.
  void live(const std::function<bool()>& stop = nullptr);

  bool someRunSoaks() const;
  kube::Result<kube::ReconcileOutcome> reconcileRun(const std::string& name = "up");
  Json run(const std::string& name = "up") const { return get(kUpgradeRunKind, name).value_or(Json()); }
  std::string mode(const std::string& name = "up") const;
  std::string message() const;
  Json runCondition(const std::string& type, const std::string& name = "up") const;
  // Status of a step, "" when it was not begun.
  std::string stepStatus(const std::string& id) const;
  Json stepRecord(const std::string& id) const;
  std::string cursor() const;
  Json plan() const;  // that the cloud names
  // "2025.1" or "2025.2": the image tag of the Deployments of this service's API; several joined by ",".
  std::string imageOf(const std::string& service) const;
  std::string jobOf(const std::string& step) const;  // name of the newest Job of that step, ""

  OpenGateway openGateway;  // of the next restartAll()
  std::unique_ptr<UpgradeReconciler> upgrades;
};

}  // namespace windlass::ops
