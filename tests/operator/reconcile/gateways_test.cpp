// All gateway pods are asked at the same time; which pods those are.
#include "operator/reconcile/gateways.h"

#include <condition_variable>

#include <gmock/gmock.h>

#include "fake_gateways.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const TrafficSplit kTenth{1000, {}, {}};

std::vector<GatewayPod> pods(const std::vector<std::string>& names) {
  std::vector<GatewayPod> out;
  for (const std::string& name : names) out.push_back({{"ns", name}, true});
  return out;
}

TEST(AskGateways, EachIsSampledAndToldAndOneThatIsAwayIsNamed) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  FakeGateways gateways(names);
  gateways.pass(10);
  gateways.reach("c", false);
  const auto answers =
      askGateways(gateways.opener(), pods(names), "/maps", {{"identity"}, {{"identity", kTenth}}, true});
  ASSERT_EQ(answers.size(), names.size());
  for (const auto& [pod, answer] : answers) {
    const bool away = pod == "c";
    EXPECT_EQ(answer.sample.has_value(), !away) << pod;
    EXPECT_EQ(gateways.split(pod), away ? TrafficSplit{} : kTenth) << pod;
    EXPECT_EQ(answer.problem.empty(), !away) << pod;
  }
  EXPECT_THAT(answers.at("c").problem, HasSubstr("did not answer"));
  EXPECT_EQ(answers.at("a").sample->apis.at("identity").stable.requests, 500U);
}

// Answers when all of them were asked, and never otherwise.
class Meeting {
 public:
  explicit Meeting(int all) : left_(all) {}
  bool arrive() {
    std::unique_lock lock(mutex_);
    if (--left_ == 0) all_.notify_all();
    return all_.wait_for(lock, std::chrono::seconds(60), [this] { return left_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  int left_;
};

class MeetingGateway : public Gateway {
 public:
  explicit MeetingGateway(Meeting& meeting) : meeting_(meeting) {}
  kube::Result<GatewaySample> sample() override { return GatewaySample{}; }
  kube::Result<int> converge(const std::vector<std::string>&, const TrafficSplits&) override {
    if (!meeting_.arrive()) return kube::fail(kube::ErrorKind::Timeout, "the others were not asked meanwhile");
    return 0;
  }

 private:
  Meeting& meeting_;
};

TEST(AskGateways, AllAreAskedAtTheSameTime) {
  Meeting meeting(3);
  const OpenGateway open = [&](const kube::ObjectKey&, const std::string&) {
    return std::make_unique<MeetingGateway>(meeting);
  };
  for (const auto& [pod, answer] : askGateways(open, pods({"a", "b", "c"}), "/maps", {})) EXPECT_EQ(answer.problem, "");
}

Json pod(const std::string& name, const std::string& component, const std::string& phase, bool ready = true) {
  Json out = kube::newObject(kube::kinds::Pod, {"ns", name});
  out["metadata"]["labels"] = {{std::string(kServiceLabel), "haproxy"}, {std::string(kComponentLabel), component}};
  out["status"] = {{"phase", phase},
                   {"conditions", Json::array({{{"type", "Ready"}, {"status", ready ? "True" : "False"}}})}};
  return out;
}

TEST(GatewayPods, AreThoseThatRunAndDoNotEnd) {
  const auto kind = gatewayOf(realCatalog(), "2025.1");
  ASSERT_TRUE(kind);
  EXPECT_EQ(kind->trafficFolder, "/etc/haproxy-traffic");
  Json ending = pod("ending", "gateway", "Running");
  ending["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z";
  std::vector<std::string> found;
  for (const GatewayPod& one :
       gatewayPods({pod("ready", "gateway", "Running"), pod("starting", "gateway", "Running", false),
                    pod("pending", "gateway", "Pending"), pod("other", "else", "Running"), ending},
                   *kind))
    found.push_back(one.key.name + (one.ready ? "" : " (not ready)"));
  EXPECT_THAT(found, ElementsAre("ready", "starting (not ready)"));
}

TEST(Apis, OfAComponentAreThoseThatItServes) {
  EXPECT_THAT(apisOf(realCatalog(), "keystone/api"), ElementsAre("identity"));
  EXPECT_THAT(apisOf(realCatalog(), "keystone/else"), ElementsAre());
  EXPECT_THAT(apisOf(realCatalog(), "nothing/api"), ElementsAre());
}

}  // namespace
}  // namespace windlass::ops
