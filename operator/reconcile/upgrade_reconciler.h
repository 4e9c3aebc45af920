#pragma once
// The reconciler of UpgradeRun: the driver of the step machine (operator/execute/step_machine.h), whose contract it
// keeps. It records the run, guarded by resourceVersion, before it acts, and tells what it sees as outcomes.
//
// Steps act in two ways: commands by a Job named by run, step and attempt; what changes pods by nothing but the record
// itself, from which the cloud's reconciler learns which release each component is to run (upgrade_course.h).
#include "operator/reconcile/cloud_reconciler.h"

namespace windlass::ops {

class UpgradeReconciler {
 public:
  // `catalog` must outlive the reconciler.
  UpgradeReconciler(ReconcilerWorld world, const Catalog& catalog, RenderContext context);

  // One key at a time: that no two runs of a cloud are in work at once rests on it.
  Result<kube::ReconcileOutcome> reconcile(const kube::ObjectKey& key);

 private:
  ReconcilerWorld world_;
  const Catalog& catalog_;
  RenderContext context_;
};

}  // namespace windlass::ops
