#include "operator/reconcile/upgrade_controller.h"

#include "kube/object/kinds.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {

void addUpgradeController(kube::Manager& manager, UpgradeReconciler& reconciler, const std::string& ns) {
  kube::Controller& controller =
      manager.controller("upgraderun", [&reconciler](const kube::ObjectKey& key) { return reconciler.reconcile(key); });
  controller.workers(1);  // see UpgradeReconciler::reconcile
  controller.watches(manager.informer(kUpgradeRunKind, {.ns = ns, .metadataOnly = true}), kube::mapToSelf(),
                     kube::specChanged);
  const kube::InformerOptions jobs{.ns = ns, .labelSelector = std::string(kRunLabel), .metadataOnly = true};
  controller.watches(manager.informer(kube::kinds::Job, jobs), kube::mapToLabel(std::string(kRunLabel)));
}

}  // namespace windlass::ops
