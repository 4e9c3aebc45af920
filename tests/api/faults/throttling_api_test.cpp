// A server that has no room for us: API Priority and Fairness, as it is. Source:
// https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "api_fixture.h"
#include "audit_log.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

const ResourceKind kLevel{"flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration",
                          "prioritylevelconfigurations", false};
const ResourceKind kFlow{"flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", false};
const ObjectKey kNoRoom{"", "no-room"};
constexpr const char* kOurAgent = "windlass-throttled/1";

class ThrottlingTest : public ApiTest {
 protected:
  // Of the user "reader" one request is served at a time, and none waits: a level without a share serves one.
  void leaveRoomForOne() {
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

// How often the API server answered 429 to a list of ours.
std::ptrdiff_t refusals() {
  const auto lists = auditedRequests("list", kOurAgent, "configmaps");
  return std::count_if(lists.begin(), lists.end(),
                       [](const Json& event) { return intAt(event, "/responseStatus/code") == 429; });
}

TEST_F(ThrottlingTest, F16_ReadsThatAreRefusedFor429AreRepeatedWhenTheServerSaysUntilTheyAreServed) {
  leaveRoomForOne();
  const auto reader = connectAs("reader", kOurAgent);
  ListOptions options;
  options.ns = ns();
  std::atomic<bool> enough{false};
  std::atomic<int> served{0};
  std::mutex mutex;
  std::set<std::string> others;
  const auto read = [&] {
    while (!enough) {
      const auto list = reader->list(kinds::ConfigMap, options);
      // A user without a role: that it is forbidden was said by a server that had room for the question.
      if (!list && list.error().kind == ErrorKind::Forbidden) {
        ++served;
        continue;
      }
      const std::lock_guard lock(mutex);
      others.insert(list ? "listed" : list.error().toString());
    }
  };
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 8; ++i) readers.emplace_back(read);
    EXPECT_TRUE(eventually([] { return refusals() >= 5; }));
    enough = true;
  }
  EXPECT_GT(served, 8);
  EXPECT_THAT(others, testing::IsEmpty());
}

}  // namespace
}  // namespace windlass::kube
