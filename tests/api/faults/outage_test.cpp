// The API server is killed, started again, stopped and slowed down under informers and lease holders. This binary has a
// server of its own.
#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "api_fixture.h"
#include "audit_log.h"
#include "kube/runtime/leader_election.h"
#include "server_control.h"
#include "watcher.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCrowd = 50;

long entriesOf(const std::string& folder) {
  const std::filesystem::directory_iterator all(folder);
  return std::distance(begin(all), end(all));
}

class OutageTest : public ApiTest {
 protected:
  // The next test finds the server running, whatever this one did.
  void TearDown() override { EXPECT_EQ(controlServer("continue"), ""); }

  static std::vector<std::unique_ptr<Watcher>> crowdOn(Client& client, const std::string& ns, int size = kCrowd) {
    std::vector<std::unique_ptr<Watcher>> crowd;
    for (int i = 0; i < size; ++i) crowd.push_back(std::make_unique<Watcher>(client, kinds::ConfigMap, ns));
    return crowd;
  }
  template <class Condition>
  static bool all(const std::vector<std::unique_ptr<Watcher>>& crowd, const Condition& condition) {
    return std::all_of(crowd.begin(), crowd.end(), [&](const auto& watcher) { return condition(*watcher); });
  }
  std::map<std::string, std::string> stored() {
    std::map<std::string, std::string> all;
    ListOptions here;
    here.ns = ns();
    const auto page = listAll(client(), kinds::ConfigMap, here);
    EXPECT_TRUE(page.has_value());
    for (const Json& object : page->items) all[nameOf(object)] = resourceVersionOf(object);
    return all;
  }
  void createConfigMaps(int from, int to) {
    for (int i = from; i < to; ++i)
      ASSERT_OK(client().create(kinds::ConfigMap, configMap("c" + std::to_string(i), {{"k", "1"}})));
  }
};

TEST_F(OutageTest, F03_FiftyWatchersComeBackAfterARestartWithoutARelistStormAndMissNothing) {
  const std::string agent = "crowd/1";
  const auto client50 = connectAs("admin", agent);
  createConfigMaps(0, 10);
  const auto crowd = crowdOn(*client50, ns());
  ASSERT_TRUE(eventually([&] { return all(crowd, [](const Watcher& w) { return w.synced(); }); }));
  const auto listsBefore = auditedRequests("list", agent, "configmaps").size();
  EXPECT_EQ(listsBefore, kCrowd);
  ASSERT_TRUE(eventually([&] { return auditedRequests("watch", agent, "configmaps").size() == kCrowd; }));

  ASSERT_EQ(controlServer("kill"), "");
  ASSERT_TRUE(eventually([&] { return all(crowd, [](const Watcher& w) { return !w.trouble().empty(); }); }));
  ASSERT_EQ(controlServer("start"), "");
  // Most of the crowd is still backing off: what happens now it must learn later.
  ASSERT_OK(client().remove(kinds::ConfigMap, key("c0")));
  ASSERT_OK(client().patch(kinds::ConfigMap, key("c1"), PatchType::Merge, {{"data", {{"k", "2"}}}}));
  createConfigMaps(10, 12);
  const auto expected = stored();
  ASSERT_EQ(expected.size(), 11U);
  EXPECT_TRUE(
      eventually([&] { return all(crowd, [&](const Watcher& w) { return w.versions() == expected; }); }, seconds(90)));

  const auto hasEvent = [](const Watcher& watcher, const std::string& name, InformerEvent::Type type) {
    const auto events = watcher.eventsOf(name);
    return std::count_if(events.begin(), events.end(), [type](const auto& event) { return event.type == type; }) == 1;
  };
  EXPECT_TRUE(all(crowd, [&](const Watcher& w) { return hasEvent(w, "c0", InformerEvent::Type::Delete); }));
  EXPECT_TRUE(all(crowd, [&](const Watcher& w) { return hasEvent(w, "c1", InformerEvent::Type::Update); }));
  EXPECT_TRUE(all(crowd, [&](const Watcher& w) { return hasEvent(w, "c11", InformerEvent::Type::Add); }));

  // A server that was restarted does not know the versions from before, so a list each is what the protocol costs; it
  // must not be more, and each must be one that the watch cache can answer.
  const auto lists = auditedRequests("list", agent, "configmaps");
  RecordProperty("lists_after_restart", static_cast<int>(lists.size() - listsBefore));
  EXPECT_LE(lists.size() - listsBefore, kCrowd);
  for (std::size_t i = listsBefore; i < lists.size(); ++i)
    EXPECT_NE(stringAt(lists[i], "/requestURI").find("resourceVersion="), std::string::npos) << lists[i].dump();
}

TEST_F(OutageTest, P04_AWatchThatTheServerEndsGoesOnWithoutAList) {
  const std::string agent = "short-watches/1";
  const auto shortClient = connectAs("admin", agent);
  ReflectorOptions reflection;
  reflection.minWatchTime = seconds(1);
  const Watcher watcher(*shortClient, kinds::ConfigMap, ns(), reflection);
  ASSERT_TRUE(eventually([&] { return watcher.synced(); }));
  for (int i = 0; i < 4; ++i) {
    createConfigMaps(i, i + 1);
    const auto watches = auditedRequests("watch", agent, "configmaps").size();
    ASSERT_TRUE(eventually([&] { return auditedRequests("watch", agent, "configmaps").size() > watches; }));
  }
  EXPECT_TRUE(eventually([&] { return watcher.versions() == stored(); }));
  EXPECT_EQ(auditedRequests("list", agent, "configmaps").size(), 1U);
}

TEST_F(OutageTest, F17_StoppingWhileTheServerIsAwayLeavesNoThreadAndNoDescriptor) {
  const long threads = entriesOf("/proc/self/task"), descriptors = entriesOf("/proc/self/fd");
  {
    const auto leaving = connectAs("admin", "leaving/1");
    const auto crowd = crowdOn(*leaving, ns(), 20);
    ASSERT_TRUE(eventually([&] { return all(crowd, [](const Watcher& w) { return w.synced(); }); }));
    EXPECT_GE(entriesOf("/proc/self/task"), threads + 20);
    EXPECT_GE(entriesOf("/proc/self/fd"), descriptors + 20);
    ASSERT_EQ(controlServer("kill"), "");
    ASSERT_TRUE(eventually([&] { return all(crowd, [](const Watcher& w) { return !w.trouble().empty(); }); }));
    const auto late = crowdOn(*leaving, ns(), 10);  // these never get their first list
    for (const auto& watcher : crowd) watcher->requestStop();
    for (const auto& watcher : late) watcher->requestStop();
  }
  EXPECT_TRUE(eventually([&] { return entriesOf("/proc/self/task") <= threads; })) << entriesOf("/proc/self/task");
  EXPECT_TRUE(eventually([&] { return entriesOf("/proc/self/fd") <= descriptors; })) << entriesOf("/proc/self/fd");
  ASSERT_EQ(controlServer("start"), "");
}

class Elected {
 public:
  Elected(const std::string& ns, const std::string& name, seconds lease, seconds renew) {
    LeaderElectionOptions options;
    options.enabled = true;
    options.ns = ns;
    options.name = name;
    options.identity = "me";
    options.leaseDuration = lease;
    options.renewDeadline = renew;
    options.retryPeriod = seconds(1);
    EXPECT_TRUE(checkElection(options));
    LeaderElector::Callbacks callbacks;
    callbacks.onStarted = [] {};
    callbacks.onLost = [this](const Error&) { lost_ = true; };
    ConnectOptions connection;
    connection.kubeconfig = std::string(std::getenv("WINDLASS_API_DIR")) + "/admin.kubeconfig";
    connection.requestTimeout = std::max(seconds(1), renew / 2);
    elector_ = std::make_unique<LeaderElector>(connect(connection).value(), options, callbacks, Metrics::process());
    elector_->start();
  }
  ~Elected() { elector_->stop(true); }
  bool leads() const { return elector_->isLeader(); }
  bool lost() const { return lost_; }
  SteadyTime deadline() const { return elector_->deadline(); }

 private:
  std::atomic<bool> lost_{false};
  std::unique_ptr<LeaderElector> elector_;
};

// One silence of the server for three promises: it is the wait that costs.
TEST_F(OutageTest, F01_AStoppedServerIsNoticedAndWaitedFor) {
  ReflectorOptions reflection = impatient();
  reflection.minWatchTime = seconds(1);  // 1 to 2 s at the server, and the client allows 5 s more (P10)
  const Watcher watcher(client(), kinds::ConfigMap, ns(), reflection);
  Elected patient(ns(), "patient", seconds(60), seconds(45));
  Elected hasty(ns(), "hasty", seconds(9), seconds(4));
  ASSERT_TRUE(eventually([&] { return watcher.synced() && patient.leads() && hasty.leads(); }));

  const auto stopped = std::chrono::steady_clock::now();
  ASSERT_EQ(controlServer("stop"), "");
  EXPECT_LT(hasty.deadline(), stopped + seconds(5));
  EXPECT_TRUE(eventually([&] { return hasty.lost(); }));  // F11
  EXPECT_LT(std::chrono::steady_clock::now(), stopped + seconds(9)) << "it stopped only when others could lead";
  EXPECT_TRUE(eventually([&] { return !watcher.trouble().empty(); })) << "the half-open watch was not noticed";
  EXPECT_TRUE(patient.leads());
  ASSERT_EQ(controlServer("continue"), "");

  createConfigMaps(0, 1);
  EXPECT_TRUE(eventually([&] { return watcher.versions() == stored(); }));
  EXPECT_TRUE(eventually([&] { return watcher.trouble().empty(); }));
  EXPECT_TRUE(patient.leads());
  EXPECT_FALSE(patient.lost());
  EXPECT_FALSE(hasty.leads());
}

TEST_F(OutageTest, F12_AServerThatStuttersDoesNotMakeTheHolderAbdicate) {
  Elected holder(ns(), "holder", seconds(15), seconds(10));
  ASSERT_TRUE(eventually([&] { return holder.leads(); }));
  std::set<std::string> renewals;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(controlServer("stop"), "");
    std::this_thread::sleep_for(milliseconds(2000));  // longer than the retry period
    ASSERT_EQ(controlServer("continue"), "");
    std::this_thread::sleep_for(milliseconds(300));
    const auto lease = client().get(kinds::Lease, key("holder"));
    ASSERT_OK(lease);
    renewals.insert(stringAt(*lease, "/spec/renewTime"));
    EXPECT_EQ(stringAt(*lease, "/spec/holderIdentity"), "me");
    EXPECT_EQ(intAt(*lease, "/spec/leaseTransitions"), 0);
  }
  EXPECT_GE(renewals.size(), 2U) << "it renewed between the pauses";
  EXPECT_TRUE(holder.leads());
  EXPECT_FALSE(holder.lost());
}

}  // namespace
}  // namespace windlass::kube
