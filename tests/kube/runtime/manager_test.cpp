#include "kube/runtime/manager.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include "fake_clock.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::manager_test {
namespace {

using std::chrono::seconds;
using testing_support::eventually;

const ResourceKind kWidget{"windlass.dev", "v1alpha1", "Widget", "widgets", true};
const ObjectKey kKey{"ns", "a"};

ManagerOptions options() {
  ManagerOptions made;
  made.component = "windlass-test";
  made.abandon = [](const Error&) {};
  return made;
}

// Keeps a ConfigMap for every Widget.
Reconciler configMapFor(Manager& manager, const Informer& widgets) {
  return [&manager, &widgets](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const ObjectPtr widget = widgets.get(key);
    if (!widget) return ReconcileOutcome{};
    Json child = newObject(kinds::ConfigMap, key);
    WINDLASS_TRY(setController(child, *widget, kWidget));
    child["data"]["size"] = std::to_string(intAt(*widget, "/spec/size"));
    ApplyOptions apply;
    apply.fieldManager = "windlass-test";
    WINDLASS_TRY(manager.client().apply(kinds::ConfigMap, child, apply));
    return ReconcileOutcome{};
  };
}

class ManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    Json widget = newObject(kWidget, kKey);
    widget["spec"]["size"] = 1;
    server->create(kWidget, widget);
  }
  void makeController(Manager& manager) {
    Informer& widgets = manager.informer(kWidget);
    Informer& children = manager.informer(kinds::ConfigMap);
    manager.controller("widget", configMapFor(manager, widgets))
        .watches(widgets, mapToSelf(), specChanged)
        .watches(children, mapToOwner(kWidget));
  }
  std::string childSize() {
    const auto child = server->get(kinds::ConfigMap, kKey);
    return child ? stringAt(*child, "/data/size") : "";
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
};

class Running {
 public:
  explicit Running(Manager& manager) : manager_(manager), thread_([this] { result = manager_.run(); }) {}
  ~Running() { finish(); }
  Status finish() {
    manager_.stop();
    if (thread_.joinable()) thread_.join();
    return result;
  }
  Status result;

 private:
  Manager& manager_;
  std::thread thread_;
};

TEST_F(ManagerTest, RunsAControllerThatConvergesHealsAndThenRests) {
  Manager manager(server, options());
  makeController(manager);
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return childSize() == "1"; }));
  server->patch(kWidget, kKey, PatchType::Merge, {{"spec", {{"size", 2}}}});
  ASSERT_TRUE(eventually([&] { return childSize() == "2"; }));
  server->patch(kinds::ConfigMap, kKey, PatchType::Merge, {{"data", {{"size", "7"}}}});
  ASSERT_TRUE(eventually([&] { return childSize() == "2"; }));
  ASSERT_TRUE(server->remove(kinds::ConfigMap, kKey));
  ASSERT_TRUE(eventually([&] { return childSize() == "2"; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  server->clearRequests();
  server->patch(kWidget, kKey, PatchType::Merge, {{"status", {{"x", 1}}}}, "status");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(server->writeCount(), 1U);  // ours only
  EXPECT_TRUE(running.finish());
}

TEST_F(ManagerTest, P15_TheSameInformerIsSharedAndNoneIsMadeByReading) {
  Manager manager(server, options());
  Informer& first = manager.informer(kWidget);
  EXPECT_EQ(&first, &manager.informer(kWidget));
  InformerOptions other;
  other.ns = "ns";
  EXPECT_NE(&first, &manager.informer(kWidget, other));
}

TEST_F(ManagerTest, P15_ACacheThatDoesNotSyncEndsTheRunWithTheReason) {
  ManagerOptions impatient = options();
  impatient.cacheSyncTimeout = seconds(0);
  server->setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "list") return std::nullopt;
    return Error{ErrorKind::Forbidden, "widgets is forbidden", 403, std::nullopt, nullptr};
  });
  Manager manager(server, impatient);
  makeController(manager);
  const Status result = manager.run();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("widgets"), std::string::npos);
}

// The API server answered and said no: that does not mend itself, so a rollout and a person must see it. A server that
// is away is no reason to take our webhooks out of service with it.
TEST_F(ManagerTest, P15_AnInformerThatIsRefusedMakesTheProcessNotReadyAndAnOutageDoesNot) {
  ManagerOptions made = options();
  made.healthAddress = "127.0.0.1:0";
  Manager manager(server, made);
  manager.informer(kWidget);
  Running running(manager);
  const auto ready = [&manager] {
    const auto answer = httplib::Client("127.0.0.1", manager.healthPort()).Get("/readyz/informers");
    return answer ? answer->status : 0;
  };
  ASSERT_TRUE(eventually([&] { return manager.healthPort() != 0 && ready() == 200; }));
  const auto failing = [this](ErrorKind kind) {
    server->setFaultInjector([kind](const FakeRequest&) -> std::optional<Error> {
      return Error{kind, "no", 0, std::nullopt, nullptr};
    });
    server->closeWatches(true);
  };
  failing(ErrorKind::Unavailable);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(ready(), 200);
  failing(ErrorKind::Forbidden);
  EXPECT_TRUE(eventually([&] { return ready() == 500; }));
  server->setFaultInjector(nullptr);
  EXPECT_TRUE(eventually([&] { return ready() == 200; }));
  EXPECT_TRUE(running.finish());
}

TEST_F(ManagerTest, P37_StartsInOrderAndStopsInReverse) {
  ManagerOptions elected = options();
  elected.leaderElection = {true, "ns", "lease", "me"};
  std::mutex mutex;
  std::vector<std::string> order;
  const auto note = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    order.push_back(what);
  };
  Manager manager(server, elected);
  Informer& widgets = manager.informer(kWidget);
  const auto body = [&](const std::string& name) {
    return [&, name](const std::atomic<bool>& stopping) {
      EXPECT_TRUE(widgets.hasSynced());
      note("+" + name);
      eventually([&] { return stopping.load(); });
      note("-" + name);
    };
  };
  manager.runnable("leader", true, body("leader"));
  manager.runnable("always", false, body("always"));
  {
    Running running(manager);
    ASSERT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex);
      return order.size() == 2;
    }));
    EXPECT_TRUE(running.finish());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"+always", "+leader", "-leader", "-always"}));
  EXPECT_EQ(stringAt(*server->get(kinds::Lease, {"ns", "lease"}), "/spec/holderIdentity"), "");
}

TEST_F(ManagerTest, P37_AShutdownThatHangsIsAbandoned) {
  ManagerOptions hasty = options();
  hasty.gracefulShutdownTimeout = seconds(1);
  std::atomic<bool> letGo{false};
  std::string why;
  hasty.abandon = [&](const Error& error) {
    why = error.message;
    letGo = true;
  };
  Manager manager(server, hasty);
  std::atomic<bool> busy{false};
  manager
      .controller("stuck",
                  [&](const ObjectKey&) -> Result<ReconcileOutcome> {
                    busy = true;
                    eventually([&] { return letGo.load(); });
                    return ReconcileOutcome{};
                  })
      .enqueue(kKey);
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return busy.load(); }));
  running.finish();
  EXPECT_NE(why.find("controller stuck"), std::string::npos);
  EXPECT_NE(why.find("ns/a"), std::string::npos);
}

TEST_F(ManagerTest, OnlyTheLeaderReconcilesAndTheNextTakesOver) {
  const auto electedAs = [&](const std::string& identity) {
    ManagerOptions made = options();
    made.leaderElection = {true, "ns", "lease", identity, seconds(3), seconds(2), seconds(1)};
    return made;
  };
  Manager one(server, electedAs("one"));
  Manager two(server, electedAs("two"));
  std::atomic<int> oneRuns{0}, twoRuns{0};
  one.controller("one", [&](const ObjectKey&) -> Result<ReconcileOutcome> { return ++oneRuns, ReconcileOutcome{}; })
      .enqueue(kKey);
  two.controller("two", [&](const ObjectKey&) -> Result<ReconcileOutcome> { return ++twoRuns, ReconcileOutcome{}; })
      .enqueue(kKey);
  auto first = std::make_unique<Running>(one);
  ASSERT_TRUE(eventually([&] { return oneRuns == 1; }));
  Running second(two);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(twoRuns, 0);
  EXPECT_TRUE(first->finish());
  EXPECT_TRUE(eventually([&] { return twoRuns == 1; }));
}

TEST_F(ManagerTest, P23_TheLeaseHasAClientOfItsOwn) {
  const auto leases = std::make_shared<FakeApiServer>();
  ManagerOptions elected = options();
  elected.leaderElection = {true, "ns", "lease", "me"};
  elected.leaseClient = leases;
  Manager manager(server, elected);
  std::atomic<bool> leads{false};
  manager.runnable("leader", true, [&](const std::atomic<bool>&) { leads = true; });
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return leads.load(); }));
  EXPECT_TRUE(running.finish());
  EXPECT_TRUE(leases->get(kinds::Lease, {"ns", "lease"}));
  EXPECT_FALSE(server->get(kinds::Lease, {"ns", "lease"}));
}

TEST_F(ManagerTest, P24_ALostLeaseAbandonsTheProcess) {
  ManagerOptions elected = options();
  elected.leaderElection = {true, "ns", "lease", "me", seconds(4), seconds(2), seconds(1)};
  std::atomic<int> abandoned{0};
  elected.abandon = [&](const Error&) { ++abandoned; };
  Manager manager(server, elected);
  std::atomic<bool> leads{false};
  manager.runnable("leader", true, [&](const std::atomic<bool>&) { leads = true; });
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return leads.load(); }));
  server->setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
    if (request.kind != kinds::Lease) return std::nullopt;
    return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
  });
  ASSERT_TRUE(eventually([&] { return abandoned > 0; }));
  EXPECT_FALSE(running.finish());
}

TEST_F(ManagerTest, P38_ServesMetricsAndHealth) {
  ManagerOptions served = options();
  served.metricsAddress = served.healthAddress = "127.0.0.1:0";
  Manager manager(server, served);
  makeController(manager);
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return manager.healthPort() > 0 && childSize() == "1"; }));
  httplib::Client http("127.0.0.1", manager.healthPort());
  EXPECT_EQ(http.Get("/healthz")->body, "ok");
  EXPECT_EQ(http.Get("/readyz")->body, "ok");
  const std::string text = http.Get("/metrics")->body;
  for (const char* name :
       {"controller_runtime_reconcile_total{controller=\"widget\",result=\"success\"}",
        "controller_runtime_reconcile_errors_total", "controller_runtime_reconcile_time_seconds_bucket",
        "controller_runtime_active_workers", "workqueue_depth", "workqueue_adds_total",
        "workqueue_queue_duration_seconds_bucket", "workqueue_work_duration_seconds_bucket", "workqueue_retries_total"})
    EXPECT_NE(text.find(name), std::string::npos) << name;
}

TEST_F(ManagerTest, P37_NothingLeaksOverStartAndStop) {
  const auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  };
  const auto once = [&] {
    ManagerOptions served = options();
    served.metricsAddress = "127.0.0.1:0";
    Manager manager(server, served);
    makeController(manager);
    Running running(manager);
    ASSERT_TRUE(eventually([&] { return manager.metricsPort() > 0 && childSize() == "1"; }));
    EXPECT_TRUE(running.finish());
  };
  once();
  const auto fds = entries("/proc/self/fd");
  const auto threads = entries("/proc/self/task");
  for (int i = 0; i < 3; ++i) once();
  EXPECT_EQ(entries("/proc/self/fd"), fds);
  EXPECT_EQ(entries("/proc/self/task"), threads);
}

TEST_F(ManagerTest, ASignalStopsIt) {
  Manager manager(server, options());
  manager.handleSignals();
  makeController(manager);
  Status result = fail(ErrorKind::Internal, "did not run");
  std::thread runner([&] { result = manager.run(); });
  ASSERT_TRUE(eventually([&] { return childSize() == "1"; }));
  kill(getpid(), SIGTERM);
  runner.join();
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace windlass::kube::manager_test
