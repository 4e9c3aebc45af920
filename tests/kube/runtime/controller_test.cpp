#include <atomic>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "fake_clock.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/controller_loop.h"
#include "kube/runtime/object_informer.h"

namespace windlass::kube::controller_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;

const ObjectKey kKey{"ns", "a"};
const ResourceKind kWidget{"windlass.dev", "v1alpha1", "Widget", "widgets", true};

class ControllerTest : public testing::Test {
 protected:
  ~ControllerTest() override {
    if (loop) loop->stop();
  }
  void start(Reconciler reconciler) {
    loop = std::make_unique<ControllerLoop>("test", std::move(reconciler), metrics, clock);
    loop->start();
  }
  double metric(const std::string& name, const MetricLabels& labels) {
    return metrics.counter(name, "", labels).value();
  }
  double result(const std::string& value) {
    return metric("controller_runtime_reconcile_total", {{"controller", "test"}, {"result", value}});
  }
  bool ran(int times) {
    return eventually([&] { return runs == times; });
  }
  bool ranAsTimePasses(int times) {
    return eventually([&] {
      clock.advance(milliseconds(10));
      return runs == times;
    });
  }
  Metrics metrics;
  FakeClock clock;
  std::atomic<int> runs{0};
  std::unique_ptr<ControllerLoop> loop;
};

TEST_F(ControllerTest, P19_AnErrorIsRetriedWithBackoffUntilItSucceeds) {
  start([this](const ObjectKey&) -> Result<ReconcileOutcome> {
    if (++runs < 3) return fail(ErrorKind::Unavailable, "not yet");
    return ReconcileOutcome{};
  });
  loop->enqueue(kKey);
  ASSERT_TRUE(ranAsTimePasses(3));
  ASSERT_TRUE(eventually([&] { return result("success") == 1; }));
  EXPECT_EQ(metric("controller_runtime_reconcile_errors_total", {{"controller", "test"}}), 2);
}

TEST_F(ControllerTest, P19_ATerminalErrorWaitsForAChange) {
  start([this](const ObjectKey&) -> Result<ReconcileOutcome> {
    ++runs;
    return fail(ErrorKind::Invalid, "spec.size is negative");
  });
  loop->enqueue(kKey);
  ASSERT_TRUE(ran(1));
  ASSERT_TRUE(eventually([&] {
    return metric("controller_runtime_terminal_reconcile_errors_total", {{"controller", "test"}}) == 1;
  }));
  clock.advance(std::chrono::hours(1));
  loop->enqueue({"ns", "barrier"});
  ASSERT_TRUE(ran(2));
}

TEST_F(ControllerTest, P19_RequeueAfterComesBackAtItsTimeWithoutCountingAsAFailure) {
  start([this](const ObjectKey&) -> Result<ReconcileOutcome> {
    ++runs;
    return ReconcileOutcome{seconds(30)};
  });
  loop->enqueue(kKey);
  ASSERT_TRUE(eventually([&] { return result("requeue_after") == 1; }));
  clock.awaitWaiters(1);
  clock.advance(milliseconds(29999));
  clock.awaitWaiters(1);
  EXPECT_EQ(runs, 1);
  clock.advance(milliseconds(1));
  ASSERT_TRUE(ran(2));
  EXPECT_EQ(result("error"), 0);
}

TEST_F(ControllerTest, P19_ExceptionsAreCaughtCountedAndRetried) {
  start([this](const ObjectKey&) -> Result<ReconcileOutcome> {
    if (++runs == 1) throw std::runtime_error("boom");
    return ReconcileOutcome{};
  });
  loop->enqueue(kKey);
  ASSERT_TRUE(eventually([&] {
    return metric("controller_runtime_reconcile_panics_total", {{"controller", "test"}}) == 1;
  }));
  ASSERT_TRUE(ranAsTimePasses(2));
}

TEST_F(ControllerTest, P19_ASuccessForgetsTheFailuresBeforeIt) {
  start([this](const ObjectKey&) -> Result<ReconcileOutcome> {
    const int run = ++runs;
    if (run != 4) return fail(ErrorKind::Unavailable, "not yet");
    return ReconcileOutcome{};
  });
  loop->enqueue(kKey);
  ASSERT_TRUE(ranAsTimePasses(4));
  ASSERT_TRUE(eventually([&] { return result("success") == 1; }));
  loop->enqueue(kKey);
  ASSERT_TRUE(ran(5));
  ASSERT_TRUE(eventually([&] { return result("error") == 4; }));
  clock.awaitWaiters(1);
  clock.advance(milliseconds(5));  // the first delay again, not the fourth
  EXPECT_TRUE(ran(6));
}

TEST_F(ControllerTest, P20_WhenAnOwnerChangesTheOldAndTheNewAreEnqueued) {
  FakeApiServer server;
  std::mutex mutex;
  std::set<std::string> seen;
  ObjectInformer informer(server, kinds::ConfigMap, {});
  Json child = newObject(kinds::ConfigMap, {"ns", "child"});
  child["metadata"]["labels"] = {{"parent", "old"}};
  server.create(kinds::ConfigMap, child);
  loop = std::make_unique<ControllerLoop>(
      "test",
      [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
        const std::lock_guard lock(mutex);
        seen.insert(key.name);
        return ReconcileOutcome{};
      },
      metrics, clock);
  loop->watches(informer, mapToLabel("parent"), nullptr);
  informer.start();
  ASSERT_TRUE(eventually([&] { return informer.hasSynced(); }));
  loop->start();
  const auto saw = [&](const std::string& name) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return seen.contains(name);
    });
  };
  ASSERT_TRUE(saw("old"));
  {
    const std::lock_guard lock(mutex);
    seen.clear();
  }
  server.patch(kinds::ConfigMap, {"ns", "child"}, PatchType::Merge, {{"metadata", {{"labels", {{"parent", "new"}}}}}});
  EXPECT_TRUE(saw("old"));
  EXPECT_TRUE(saw("new"));
  loop->stop();
  informer.stop();
}

TEST(Predicates, P20_OnlyChangesOfSubstancePassSpecChanged) {
  const auto object = [](int generation, const std::string& label, const std::string& status) {
    return std::make_shared<const Json>(
        Json{{"metadata", {{"generation", generation}, {"labels", {{"l", label}}}}}, {"status", status}});
  };
  const auto update = [](ObjectPtr before, ObjectPtr after) {
    InformerEvent event;
    event.type = InformerEvent::Type::Update;
    event.old = std::move(before);
    event.object = std::move(after);
    return event;
  };
  EXPECT_FALSE(specChanged(update(object(1, "x", "a"), object(1, "x", "b"))));
  EXPECT_TRUE(specChanged(update(object(1, "x", "a"), object(2, "x", "a"))));
  EXPECT_TRUE(specChanged(update(object(1, "x", "a"), object(1, "y", "a"))));
  EXPECT_TRUE(specChanged(update(object(0, "x", "a"), object(0, "x", "b"))));  // kinds without generation
}

TEST(Predicates, F07_AnObjectMadeAnewIsAChangeOfSubstance) {
  const auto object = [](const std::string& uid) {
    return std::make_shared<const Json>(Json{{"metadata", {{"generation", 1}, {"uid", uid}}}});
  };
  InformerEvent event;
  event.type = InformerEvent::Type::Update;
  event.old = object("one");
  event.object = object("two");
  EXPECT_TRUE(specChanged(event));
}

TEST(Mappers, AnOwnerIsFoundInAnyVersionOfItsGroup) {
  Json owner = newObject(kWidget, {"ns", "parent"});
  owner["metadata"]["uid"] = "u";
  Json child = newObject(kinds::ConfigMap, {"ns", "child"});
  ASSERT_TRUE(setController(child, owner, kWidget));
  EXPECT_EQ(mapToOwner(kWidget)(child), (std::vector<ObjectKey>{{"ns", "parent"}}));
  child["metadata"]["ownerReferences"][0]["apiVersion"] = "windlass.dev/v1";
  EXPECT_EQ(mapToOwner(kWidget)(child).size(), 1U);
  child["metadata"]["ownerReferences"][0]["apiVersion"] = "example.com/v1";
  EXPECT_TRUE(mapToOwner(kWidget)(child).empty());
}

TEST_F(ControllerTest, StopLetsTheRunningReconcileFinishAndStartsNoOther) {
  std::atomic<bool> letGo{false};
  start([&](const ObjectKey&) -> Result<ReconcileOutcome> {
    ++runs;
    eventually([&] { return letGo.load(); });
    return ReconcileOutcome{};
  });
  loop->enqueue(kKey);
  loop->enqueue({"ns", "never"});
  ASSERT_TRUE(ran(1));
  loop->requestStop();
  EXPECT_FALSE(loop->finished(milliseconds(1)));
  EXPECT_EQ(loop->busyWith(), "ns/a");
  letGo = true;
  EXPECT_TRUE(loop->finished(seconds(5)));
  EXPECT_EQ(runs, 1);
}

}  // namespace
}  // namespace windlass::kube::controller_test
