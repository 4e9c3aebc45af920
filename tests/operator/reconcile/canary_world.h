#pragma once
// A hop whose identity API is tried first, with two gateway pods; time passes in looks of five seconds.
#include "fake_gateways.h"
#include "upgrade_world.h"

namespace windlass::ops {

struct CanaryWorld : UpgradeWorld {
  // `policy`: spec of the CanaryPolicy "quick", which the run names. `spec` and `wanted`: see UpgradeWorld.
  explicit CanaryWorld(const Json& policy = quickPolicy(), const Json& spec = smallSpec(),
                       const std::string& wanted = "2025.2");

  // Chosen by header, then 10, 30 and 50 %; seconds instead of minutes.
  static Json quickPolicy();
  void makePolicy(const Json& spec);
  // Approves and lives until the canary is looked at for the first time.
  void begin();
  void approveNaming(const std::string& policy);
  void acknowledge(const std::string& id);

  // A pod of either revision, which log as the behaviour of their side says.
  void runPods();

  // One look: five seconds of requests before it.
  void look();
  // True when it came about within so many seconds.
  bool until(const std::function<bool()>& what, int seconds = 1000);
  bool untilOver(int seconds = 2000);
  bool untilRoll(int seconds = 1000);
  bool untilStage(const std::string& name, int seconds = 1000);  // of keystone/canary/api

  Json canary() const { return run().value("status", Json::object()).value("canary", Json()); }
  std::string waits() const { return kube::stringAt(run(), "/status/waitingFor"); }
  std::string evidence(const std::string& stage) const;
  std::string reason() const { return kube::stringAt(canary(), "/verdict/reason"); }
  Json canaryDeployment() const;        // null
  std::vector<Json> probeJobs() const;  // synthetic transactions that are there
  // A container of a canary pod ended by itself so many times.
  void crashes(int times);

  FakeGateways gateways{{"gateway-a", "gateway-b"}};

 private:
  void writeLogs();
  void writeLog(const std::string& pod, double lines);
  Json whatMatters() const;
  Json seen_;
  bool moved_ = true;
  std::map<std::string, double> logged_;  // lines so far, by pod
};

}  // namespace windlass::ops
