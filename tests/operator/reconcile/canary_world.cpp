#include "canary_world.h"

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {

namespace kinds = kube::kinds;

namespace {

Json pod(const std::string& ns, const std::string& name, const Json& labels) {
  Json out = kube::newObject(kinds::Pod, {ns, name});
  out["metadata"]["labels"] = labels;
  out["spec"] = {{"containers", Json::array({{{"name", "main"}, {"image", "none"}}})}};
  return out;
}

Json runs(int restarts) {
  return {{"phase", "Running"},
          {"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})},
          {"containerStatuses", Json::array({{{"name", "main"}, {"ready", true}, {"restartCount", restarts}}})}};
}

}  // namespace

CanaryWorld::CanaryWorld(const Json& policy, const Json& spec, const std::string& wanted) : UpgradeWorld(spec, wanted) {
  for (const char* name : {"gateway-a", "gateway-b"}) {
    addPod(pod(key.ns, name,
               {{std::string(kCloudLabel), "demo"},
                {std::string(kServiceLabel), "haproxy"},
                {std::string(kComponentLabel), "gateway"}}),
           runs(0));
  }
  makePolicy(policy);
  openGateway = gateways.opener();
  restartAll();
}

Json CanaryWorld::quickPolicy() {
  return Json::parse(R"({
    "match": {"header": "tester", "soakSeconds": 10},
    "baselineSeconds": 20, "warmUpSeconds": 5, "maxStepSeconds": 120, "startSeconds": 60,
    "steps": [{"basisPoints": 1000, "soakSeconds": 20, "minRequests": 200, "errorPassBasisPoints": 300},
              {"basisPoints": 3000, "soakSeconds": 20, "minRequests": 200, "errorPassBasisPoints": 300},
              {"basisPoints": 5000, "soakSeconds": 20, "minRequests": 200, "errorPassBasisPoints": 300}]})");
}

void CanaryWorld::makePolicy(const Json& spec) {
  Json object = kube::newObject(kCanaryPolicyKind, {key.ns, "quick"});
  object["spec"] = spec;
  if (auto made = api->create(kCanaryPolicyKind, object); !made) throw std::runtime_error(made.error().toString());
}

void CanaryWorld::approveNaming(const std::string& policy) {
  approve();
  say("acknowledged", {"room-for-surge", "room-for-backup"});
  say("canaryPolicy", policy);
}

void CanaryWorld::begin() {
  approveNaming("quick");
  live([&] { return cursor().starts_with("keystone/canary/"); });
}

void CanaryWorld::acknowledge(const std::string& id) {
  say("acknowledged", {"room-for-surge", "room-for-backup", id});
}

// What the cloud's reconciler makes of a run: the rest of its status is of no consequence, and a whole reconcile a look
// would be most of the time of these tests.
Json CanaryWorld::whatMatters() const {
  const Json status = run().value("status", Json::object());
  const Json canary = status.value("canary", Json::object());
  return {status.value("mode", ""), status.value("steps", Json()), canary.value("basisPoints", 0),
          canary.value("headers", Json())};
}

void CanaryWorld::look() {
  now += std::chrono::seconds(5);
  gateways.pass(5);
  writeLogs();
  static_cast<void>(reconcileRun());
  const std::size_t before = api->writeCount();
  if (const Json seen = whatMatters(); seen != seen_ || moved_) {
    seen_ = seen;
    static_cast<void>(reconcile());
    moved_ = api->writeCount() != before;
  }
  moved_ = kubelet.step() || moved_;
}

void CanaryWorld::runPods() {
  if (!until([&] { return !canaryDeployment().is_null(); }, 20)) throw std::runtime_error("there is no canary");
  crashes(0);
  for (const Json& deployment : list(kinds::Deployment)) {
    const Json& labels = deployment.at("metadata").at("labels");
    if (labels.value(kServiceLabel, "") == "keystone" && labels.value(kReleaseLabel, "") == "2025.1")
      addPod(pod(key.ns, "stable-pod", labels), runs(0));
  }
}

void CanaryWorld::writeLogs() {
  const double requests = 5 * gateways.requestsPerSecond;
  const double share = gateways.split("gateway-a").canaryBasisPoints / 10000.0;
  writeLog("stable-pod", requests * (1 - share) * gateways.stable.logged);
  writeLog("canary-pod", requests * share * gateways.canary.logged);
}

void CanaryWorld::writeLog(const std::string& pod, double lines) {
  double& sum = logged_[pod];
  const auto before = static_cast<int>(sum);
  sum += lines;
  for (int i = before; i < static_cast<int>(sum); ++i) {
    api->log({key.ns, pod}, now - std::chrono::seconds(1),
             "2026-01-02 03:04:05.678 7 ERROR some.module [None req-" + std::to_string(i) + " - -] the text of a line");
  }
}

bool CanaryWorld::untilRoll(int seconds) {
  return until([&] { return cursor() == "keystone/roll/api"; }, seconds);
}

bool CanaryWorld::until(const std::function<bool()>& what, int seconds) {
  for (int passed = 0; passed < seconds; passed += 5) {
    if (what()) return true;
    look();
  }
  return what();
}

bool CanaryWorld::untilOver(int seconds) {
  return until([&] { return mode() == "Done" || mode() == "Aborted" || mode() == "Failed"; }, seconds);
}

bool CanaryWorld::untilStage(const std::string& name, int seconds) {
  return until([&] { return cursor() == "keystone/canary/api/" + name; }, seconds);
}

std::string CanaryWorld::evidence(const std::string& stage) const {
  return kube::stringAt(stepRecord("keystone/canary/api/" + stage), "/evidence");
}

Json CanaryWorld::canaryDeployment() const {
  for (const Json& deployment : list(kinds::Deployment)) {
    if (kube::labelOf(deployment, kServiceLabel) == "keystone" && kube::labelOf(deployment, kReleaseLabel) == "2025.2")
      return deployment;
  }
  return nullptr;
}

std::vector<Json> CanaryWorld::probeJobs() const {
  std::vector<Json> out;
  for (const Json& job : list(kinds::Job)) {
    if (!kube::labelOf(job, kProbeLabel).empty()) out.push_back(job);
  }
  return out;
}

void CanaryWorld::crashes(int times) {
  const std::string name = "canary-pod";
  if (get(kinds::Pod, name)) erase(kinds::Pod, name);
  addPod(pod(key.ns, name, canaryDeployment().at("metadata").at("labels")), runs(times));
}

}  // namespace windlass::ops
