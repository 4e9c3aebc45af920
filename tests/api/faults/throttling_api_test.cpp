// A server that has no room for us: API Priority and Fairness, as it is. Source:
// https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
#include <future>

#include "api_fixture.h"
#include "audit_log.h"
#include "kube/transport/transport.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

const ResourceKind kLevel{"flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration",
                          "prioritylevelconfigurations", false};
const ResourceKind kFlow{"flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", false};
const ObjectKey kNoRoom{"", "no-room"};

class ThrottlingTest : public ApiTest {
 protected:
  // Nothing of the user "reader" is served, and nothing waits.
  void leaveNoRoom() {
    Json level = newObject(kLevel, kNoRoom);
    level["spec"] = {{"type", "Limited"},
                     {"limited",
                      {{"nominalConcurrencyShares", 0},
                       {"lendablePercent", 0},
                       {"borrowingLimitPercent", 0},
                       {"limitResponse", {{"type", "Reject"}}}}}};
    ASSERT_OK(client().create(kLevel, level));
    Json flow = newObject(kFlow, kNoRoom);
    Json rule;
    rule["subjects"] = Json::array({{{"kind", "User"}, {"user", {{"name", "reader"}}}}});
    rule["resourceRules"] = Json::array({{{"verbs", {"*"}},
                                          {"apiGroups", {"*"}},
                                          {"resources", {"*"}},
                                          {"namespaces", {"*"}},
                                          {"clusterScope", true}}});
    flow["spec"] = {{"priorityLevelConfiguration", {{"name", kNoRoom.name}}}, {"matchingPrecedence", 50}};
    flow["spec"]["rules"] = Json::array({rule});
    ASSERT_OK(client().create(kFlow, flow));
  }
  void makeRoom() {
    ASSERT_OK(removeIfThere(client(), kFlow, kNoRoom));
    ASSERT_OK(removeIfThere(client(), kLevel, kNoRoom));
  }
  void TearDown() override { makeRoom(); }
};

TEST_F(ThrottlingTest, F16_AReadThatIsRefusedFor429IsRepeatedWhenTheServerSaysAndServedOnceThereIsRoom) {
  leaveNoRoom();
  // As the server says it, without a client that repeats.
  const auto bare = makeTransport(endpointAs("reader"), "windlass-bare/1");
  ASSERT_OK(bare);
  HttpRequest request;
  request.target = "/api/v1/namespaces/" + ns() + "/configmaps";
  HttpResponse answer;
  ASSERT_TRUE(eventually([&] {
    auto called = (*bare)->call(request);
    if (called) answer = std::move(*called);
    return called && answer.status == 429;
  })) << answer.status;
  EXPECT_EQ(answer.header("retry-after"), "1");

  const auto reader = connectAs("reader", "windlass-throttled/1");
  ListOptions options;
  options.ns = ns();
  auto reading = std::async(std::launch::async, [&] { return reader->list(kinds::ConfigMap, options); });
  ASSERT_TRUE(eventually([] { return auditedRequests("list", "windlass-throttled/1", "configmaps").size() >= 2; }));
  makeRoom();
  const auto read = reading.get();
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::Forbidden)
      << "served at last, to a user without a role: " << read.error().toString();
  // A second apart, not in a loop.
  const auto asked = auditedRequests("list", "windlass-throttled/1", "configmaps");
  EXPECT_LE(asked.size(), 20U);
  EXPECT_EQ(asked.front().at("responseStatus").at("code"), 429);
}

}  // namespace
}  // namespace windlass::kube
