#include "kube/runtime/manager.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include "fake_clock.h"
#include "kube/client/request_metrics.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/serve/metrics.h"
#include "running_manager.h"
#include "tests/kube/transport/temp_folder.h"
#include "tests/kube/transport/test_keys.h"

namespace windlass::kube::manager_test {
namespace {

using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;
using Running = testing_support::RunningManager;

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

TEST_F(ManagerTest, P15_AStrayReadNeverStartsAnInformer) {
  Manager manager(server, options());
  makeController(manager);
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return childSize() == "1"; }));
  EXPECT_FALSE(manager.client().get(kinds::Secret, kKey));
  EXPECT_FALSE(manager.informer(kinds::Secret).get(kKey));  // asked for too late: empty, and logged as an error
  EXPECT_TRUE(running.finish());
  for (const FakeRequest& request : server->requests())
    EXPECT_FALSE(request.kind == kinds::Secret && request.verb != "get") << request.verb;
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
  ASSERT_TRUE(eventually([&] { return manager.healthPort() != 0 && ready() == 200 && server->openWatches() == 1; }));
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
  // Which of two fresh threads notes first is the scheduler's choice; which of them has ended first is the promise.
  std::sort(order.begin(), order.begin() + 2);
  EXPECT_EQ(order, (std::vector<std::string>{"+always", "+leader", "-leader", "-always"}));
  EXPECT_EQ(stringAt(*server->get(kinds::Lease, {"ns", "lease"}), "/spec/holderIdentity"), "");
}

TEST_F(ManagerTest, P37_ProbesAndWebhooksServeBeforeTheFirstListAndEventsAreWrittenAtTheEnd) {
  const TempFolder folder;
  const TestKeys keys = makeTestKeys("webhook");
  ManagerOptions served = options();
  served.metricsAddress = served.healthAddress = "127.0.0.1:0";
  served.leaderElection = {true, "ns", "lease", "me"};
  Manager manager(server, served);
  makeController(manager);
  WebhookServer& webhooks =
      manager.webhooks({"127.0.0.1:0", folder.write("tls.crt", keys.certificate), folder.write("tls.key", keys.key)});
  std::atomic<int> lists{0}, servedAtList{0};
  std::atomic<bool> unready{false};
  server->setFaultInjector([&](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "list") return std::nullopt;
    ++lists;
    servedAtList += manager.healthPort() > 0 && webhooks.port() > 0 ? 1 : 0;
    httplib::Client http("127.0.0.1", manager.healthPort());
    const auto ready = http.Get("/readyz");
    unready = unready || (ready && ready->status == 500);
    return std::nullopt;
  });
  manager.runnable("last words", true, [&](const std::atomic<bool>& stopping) {
    eventually([&] { return stopping.load(); });
    manager.events().record(kWidget, *server->get(kWidget, kKey), {EventType::Normal, "Bye", "Stop", "we stop"});
  });
  {
    Running running(manager);
    ASSERT_TRUE(eventually([&] { return childSize() == "1"; }));
    EXPECT_TRUE(running.finish());
  }
  EXPECT_EQ(lists, 2);
  EXPECT_EQ(servedAtList, lists);
  EXPECT_TRUE(unready);
  EXPECT_EQ(server->list(kinds::Event, {})->items.size(), 1U);
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
  FakeClock clock;
  const auto electedAs = [&](const std::string& identity) {
    ManagerOptions made = options();
    made.leaderElection = {true, "ns", "lease", identity};
    made.clock = &clock;
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
  const auto looks = [&] {
    const auto all = server->requests();
    return std::count_if(all.begin(), all.end(),
                         [](const auto& r) { return r.kind == kinds::Lease && r.verb == "get"; });
  };
  ASSERT_TRUE(eventually([&] { return looks() == 2; }));  // the second has seen that the lease is held
  EXPECT_EQ(twoRuns, 0);
  EXPECT_TRUE(first->finish());
  EXPECT_TRUE(eventually([&] {
    clock.advance(seconds(1));
    return twoRuns == 1;
  }));
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
  elected.leaderElection = {true, "ns", "lease", "me"};
  FakeClock clock;
  elected.clock = &clock;
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
  clock.advance(seconds(9));
  EXPECT_EQ(abandoned, 0);
  clock.advance(seconds(1));
  ASSERT_TRUE(eventually([&] { return abandoned > 0; }));
  EXPECT_FALSE(running.finish());
}

TEST_F(ManagerTest, P24_WithoutAnotherWishALostLeaseEndsTheProcessAtOnce) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto loseTheLease = [this] {
    ManagerOptions elected = options();
    elected.abandon = nullptr;
    elected.leaderElection = {true, "ns", "lease", "me", seconds(4), seconds(2), seconds(1)};
    Manager manager(server, elected);
    manager.runnable("thief", true, [this](const std::atomic<bool>& stopping) {
      server->patch(kinds::Lease, {"ns", "lease"}, PatchType::Merge, {{"spec", {{"holderIdentity", "thief"}}}});
      eventually([&] { return stopping.load(); });
    });
    static_cast<void>(manager.run());
  };
  EXPECT_EXIT(loseTheLease(), testing::ExitedWithCode(1), "thief");
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

TEST_F(ManagerTest, P38_RequestsAndLeadershipAreCountedUnderTheirUsualNames) {
  ManagerOptions elected = options();
  elected.leaderElection = {true, "ns", "lease", "me"};
  Manager manager(server, elected);
  std::atomic<bool> leads{false};
  manager.runnable("leader", true, [&](const std::atomic<bool>&) { leads = true; });
  Running running(manager);
  ASSERT_TRUE(eventually([&] { return leads.load(); }));
  static int run = 0;  // the process's metrics outlive a test that is repeated
  const std::string host = "10.0.0.1:" + std::to_string(6443 + run++);
  observeRequest({"GET", host, "200", std::chrono::microseconds(5)});  // as RestClient says it
  const std::string text = Metrics::process().text();
  for (const std::string& line : {R"(rest_client_requests_total{code="200",host=")" + host + R"(",method="GET"} 1)",
                                  std::string(R"(leader_election_master_status{name="lease"} 1)")})
    EXPECT_NE(text.find(line), std::string::npos) << line;
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
