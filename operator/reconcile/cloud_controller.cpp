#include "operator/reconcile/cloud_controller.h"

#include "kube/object/kinds.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr int kWorkers = 2;

// Of an object that only wakes us, name, labels and owners are enough.
void dropAnnotations(Json& object) {
  const auto meta = object.find("metadata");
  if (meta == object.end()) return;
  meta->erase("annotations");
  meta->erase("managedFields");
}

kube::InformerOptions triggerOptions(const std::string& ns) {
  kube::InformerOptions options;
  options.ns = ns;
  options.labelSelector = std::string(kCloudLabel);
  options.metadataOnly = true;
  options.projection = dropAnnotations;
  return options;
}

}  // namespace

void addCloudController(kube::Manager& manager, CloudReconciler& reconciler, const std::string& ns) {
  kube::Controller& controller = manager.controller(
      "openstackcloud", [&reconciler](const kube::ObjectKey& key) { return reconciler.reconcile(key); });
  controller.workers(kWorkers);

  kube::InformerOptions clouds;
  clouds.ns = ns;
  clouds.metadataOnly = true;
  controller.watches(manager.informer(kOpenStackCloudKind, clouds), kube::mapToSelf(), kube::specChanged);

  std::vector<kube::ResourceKind> kinds = ownedKinds();
  kinds.push_back(kube::kinds::Pod);
  // What a run has reached, and a plan that somebody removed.
  kinds.push_back(kUpgradeRunKind);
  kinds.push_back(kUpgradePlanKind);
  for (const kube::ResourceKind& kind : kinds) {
    controller.watches(manager.informer(kind, triggerOptions(ns)), kube::mapToLabel(std::string(kCloudLabel)));
  }
}

}  // namespace windlass::ops
