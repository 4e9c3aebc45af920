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
#include "operator/reconcile/settings_keeper.h"
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
  // What the cloud is to be, and what runs of it now.
  struct Aim {
    OpenStackCloud wanted, present;
    Course course;
    KeptSettings settings;
  };
  // Which settings are in use, stored before the status names them.
  Result<KeptSettings> settleSettings(const Json& cloud, const OpenStackCloud& wanted, Course& course);
  Result<kube::ReconcileOutcome> raisePresent(const Json& cloud, Aim& aim, RenderContext context);
  Result<kube::ReconcileOutcome> walk(const Json& cloud, Aim& aim, const RenderedCloud& rendered,
                                      const Observed& observed, Escrow escrow);
  // What is to be told of the spec's release and settings, once a release runs; makes the plan that may be approved.
  std::optional<UpgradeNote> offerUpgrade(const Json& cloud, Aim& aim, const Result<SettingsChange>& change,
                                          bool complete);
  Status keepOffer(const Json& cloud, Aim& aim, const Json& plan);
  // Name of the settings that become those in use without a plan, now that the cloud is complete.
  Result<std::optional<std::string>> adoptSettings(const Json& cloud, Aim& aim, const Result<SettingsChange>& change);
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
