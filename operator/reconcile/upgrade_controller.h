#pragma once
// Connecting the reconciler of UpgradeRun to the cluster.
#include <string>

#include "kube/runtime/manager.h"
#include "operator/reconcile/upgrade_reconciler.h"

namespace windlass::ops {

// Before manager.run(). `reconciler` must outlive the manager. `ns` "" = all namespaces.
void addUpgradeController(kube::Manager& manager, UpgradeReconciler& reconciler, const std::string& ns);

}  // namespace windlass::ops
