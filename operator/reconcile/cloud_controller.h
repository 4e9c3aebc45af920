#pragma once
// Connecting the reconciler to the cluster: which changes make it look again.
#include <string>

#include "kube/runtime/manager.h"
#include "operator/reconcile/cloud_reconciler.h"

namespace windlass::ops {

// Before manager.run(). `reconciler` must outlive the manager. `ns` "" = all namespaces.
//
// Informers only say when to look, so they hold metadata alone: a cloud's own objects by label, the clouds themselves
// without a selector.
void addCloudController(kube::Manager& manager, CloudReconciler& reconciler, const std::string& ns);

}  // namespace windlass::ops
