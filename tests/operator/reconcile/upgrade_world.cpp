#include "upgrade_world.h"

#include <algorithm>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {

namespace kinds = kube::kinds;

UpgradeWorld::UpgradeWorld(const Json& spec, const std::string& wanted) {
  createCloud(spec);
  if (!settleReady()) throw std::runtime_error(waitingFor());
  changeSpec("/release", wanted);
  restartAll();
  if (!settle()) throw std::runtime_error("no rest");
}

void UpgradeWorld::restartAll() {
  restart();
  upgrades = std::make_unique<UpgradeReconciler>(
      ReconcilerWorld{*client, events, {}, [this] { return now; }, openGateway}, *catalog, RenderContext{});
}

void UpgradeWorld::approve(const std::string& name) {
  Json object = kube::newObject(kUpgradeRunKind, {key.ns, name});
  object["spec"] = {
      {"plan", kube::nameOf(plan())},
      {"approvedHash", kube::stringAt(plan(), "/spec/hash")},
      {"contractApproved", true},
      {"acknowledged",
       {"room-for-surge", "room-for-backup", "keystone/canary/api", "glance/canary/api", "placement/canary/api"}}};
  if (auto made = api->create(kUpgradeRunKind, object); !made) throw std::runtime_error(made.error().toString());
}

void UpgradeWorld::say(const std::string& field, const Json& value, const std::string& name) {
  Json object = run(name);
  object["spec"][field] = value;
  if (auto changed = api->update(kUpgradeRunKind, object, ""); !changed)
    throw std::runtime_error(changed.error().toString());
}

bool UpgradeWorld::someRunSoaks() const {
  const auto runs = list(kUpgradeRunKind);
  return std::any_of(runs.begin(), runs.end(), [](const Json& object) {
    return kube::stringAt(object, "/status/waitingFor").find("soak") != std::string::npos;
  });
}

void UpgradeWorld::approveAndHold(const std::string& name) {
  approve();
  kubelet.hold(name);
  live();
}

void UpgradeWorld::live(const std::function<bool()>& stop) {
  std::size_t seenByCloud = 0;
  for (int round = 0; round < 1000; ++round) {
    const std::size_t before = api->writeCount();
    for (const std::string& name : names(kUpgradeRunKind)) static_cast<void>(reconcileRun(name));
    if (stop && stop()) return;
    // As with watches: the cloud is looked at when something changed.
    if (api->writeCount() != seenByCloud) static_cast<void>(reconcile());
    seenByCloud = api->writeCount();
    const bool moved = kubelet.step();
    if (moved || api->writeCount() != before) continue;
    if (!someRunSoaks()) return;
    now += std::chrono::minutes(10);
    seenByCloud = 0;
  }
  throw std::runtime_error("the run never comes to rest: " + run().dump(1));
}

kube::Result<kube::ReconcileOutcome> UpgradeWorld::reconcileRun(const std::string& name) {
  return upgrades->reconcile({key.ns, name});
}

std::string UpgradeWorld::mode(const std::string& name) const {
  return kube::stringAt(run(name), "/status/mode");
}
std::string UpgradeWorld::message() const {
  return kube::stringAt(run(), "/status/message");
}
std::string UpgradeWorld::cursor() const {
  return kube::stringAt(run(), "/status/cursor");
}

Json UpgradeWorld::runCondition(const std::string& type, const std::string& name) const {
  const Json object = run(name);
  const Json* found = kube::findCondition(object, type);
  return found == nullptr ? Json() : *found;
}

Json UpgradeWorld::stepRecord(const std::string& id) const {
  const Json object = run();
  const Json* steps = kube::find(object, "/status/steps");
  if (steps == nullptr) return {};
  for (const Json& step : *steps) {
    if (step.at("id") == id) return step;
  }
  return {};
}

std::string UpgradeWorld::stepStatus(const std::string& id) const {
  return kube::stringAt(stepRecord(id), "/status");
}

Json UpgradeWorld::plan() const {
  return get(kUpgradePlanKind, kube::stringAt(cloud(), "/status/plan")).value_or(Json());
}

std::string UpgradeWorld::imageOf(const std::string& service) const {
  std::string out;
  for (const Json& deployment : list(kinds::Deployment)) {
    if (kube::labelOf(deployment, kServiceLabel) != service) continue;
    const std::string image = kube::stringAt(deployment, "/spec/template/spec/containers/0/image");
    out += (out.empty() ? "" : ",") + image.substr(image.rfind(':') + 1);
  }
  return out;
}

std::string UpgradeWorld::jobOf(const std::string& step) const {
  std::string name;
  for (const Json& job : list(kinds::Job)) {
    if (kube::annotationOf(job, "windlass.dev/step") == step) name = kube::nameOf(job);
  }
  return name;
}

}  // namespace windlass::ops
