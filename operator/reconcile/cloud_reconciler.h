#pragma once
// The reconciler of OpenStackCloud: observe -> render (pure) -> apply -> status. It decides nothing itself.
//
// Level-triggered: each call looks at the cluster anew and may end at any instruction; the next call goes on.
#include <functional>
#include <set>
#include <string>

#include "kube/client/client.h"
#include "kube/object/conditions.h"
#include "kube/runtime/controller.h"
#include "kube/runtime/events.h"
#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/reconcile/apply.h"
#include "operator/reconcile/credential_values.h"
#include "operator/reconcile/credentials.h"
#include "operator/reconcile/gateways.h"
#include "operator/reconcile/references.h"
#include "operator/reconcile/stages.h"
#include "operator/reconcile/status.h"
#include "operator/render/render.h"

namespace windlass::ops {

// The outside world, so that tests can have their own.
struct ReconcilerWorld {
  kube::Client& client;
  kube::EventRecorder& events;
  RandomBytes random = cryptoRandom;
  std::function<kube::TimePoint()> now = [] { return std::chrono::system_clock::now(); };
  OpenGateway openGateway = nullptr;  // of those that carry out runs
};

class CloudReconciler {
 public:
  // `catalog` must outlive the reconciler.
  CloudReconciler(ReconcilerWorld world, const Catalog& catalog, RenderContext context);

  // Thread-safe for different keys; never called twice at once for one key (the queue sees to that).
  Result<kube::ReconcileOutcome> reconcile(const kube::ObjectKey& key);

 private:
  Result<kube::ReconcileOutcome> remove(const Json& cloud);
  Result<kube::ReconcileOutcome> raise(const Json& cloud);
  Result<kube::ReconcileOutcome> raiseDecoded(const Json& asRead, const OpenStackCloud& decoded);
  Result<kube::ReconcileOutcome> walk(const Json& cloud, const OpenStackCloud& wanted, const Course& course,
                                      const RenderedCloud& rendered, const Observed& observed, Escrow escrow);
  // What is to be told of spec.release, once a release runs; makes the plan that may be approved.
  std::optional<UpgradeNote> offerUpgrade(const Json& cloud, const OpenStackCloud& wanted, const Course& course,
                                          bool complete);
  Result<kube::ReconcileOutcome> refuse(const Json& cloud, const CloudReport& report);
  // Data under a claim was replaced by empty data: what was written into the old one has to be written again.
  Result<bool> startOverOnNewData(const Json& cloud, const Observed& observed, Escrow& escrow);
  Status finish(const Json& cloud, const RenderedCloud& rendered, const Observed& observed, const std::string& hash,
                Escrow& escrow);
  void tell(const Json& cloud, kube::EventType type, const std::string& reason, const std::string& note);

  ReconcilerWorld world_;
  const Catalog& catalog_;
  RenderContext context_;
  Applier applier_;
};

}  // namespace windlass::ops
