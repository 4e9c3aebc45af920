// What the Manager gives to a controller's author: sources by name, own metrics, informers by projection, the fence.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/lease_record.h"
#include "kube/runtime/manager.h"

namespace windlass::kube::manager_parts_test {
namespace {

using std::chrono::seconds;

const ResourceKind kWidget{"example.org", "v1", "Widget", "widgets", true};
const ObjectKey kKey{"ns", "a"};

template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

class ManagerPartsTest : public testing::Test {
 protected:
  void TearDown() override {
    if (manager) manager->stop();
    if (thread.joinable()) thread.join();
  }
  void make(bool election) {
    ManagerOptions options;
    options.component = "test";
    options.abandon = [](const Error&) {};
    options.leaderElection.enabled = election;
    options.leaderElection.ns = "ns";
    options.leaderElection.name = "lease";
    manager = std::make_unique<Manager>(server, options);
  }
  void run() {
    thread = std::thread([this] { static_cast<void>(manager->run()); });
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::unique_ptr<Manager> manager;
  std::thread thread;
};

TEST_F(ManagerPartsTest, WhatIsOwnedComesBackWhenSomebodyRemovesIt) {
  make(false);
  Informer& widgets = manager->informer(kWidget);
  Informer& children = manager->informer(kinds::ConfigMap);
  const auto reconcile = [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const ObjectPtr widget = widgets.get(key);
    if (!widget) return ReconcileOutcome{};
    Json child = newObject(kinds::ConfigMap, key);
    WINDLASS_TRY(setController(child, *widget, kWidget));
    WINDLASS_TRY(manager->client().apply(kinds::ConfigMap, child, {"test", true, false}));
    return ReconcileOutcome{};
  };
  manager->controller("widget", reconcile).reconciles(widgets).owns(children, kWidget);
  ASSERT_TRUE(server->create(kWidget, newObject(kWidget, kKey)));
  run();
  const auto isThere = [this] { return server->get(kinds::ConfigMap, kKey).has_value(); };
  ASSERT_TRUE(eventually(isThere));
  const std::string first = uidOf(*server->get(kinds::ConfigMap, kKey));
  ASSERT_TRUE(server->remove(kinds::ConfigMap, kKey));
  EXPECT_TRUE(eventually([&] {
    const auto child = server->get(kinds::ConfigMap, kKey);
    return child && uidOf(*child) != first;
  }));
}

TEST_F(ManagerPartsTest, ARunnableThatSleepsUntilTheEndIsWoken) {
  make(false);
  std::atomic<bool> began{false}, ended{false};
  manager->runnable("sleeper", false, [&](const std::atomic<bool>& stopping) {
    began = true;
    stopping.wait(false);
    ended = true;
  });
  run();
  ASSERT_TRUE(eventually([&] { return began.load(); }));
  manager->stop();
  thread.join();
  EXPECT_TRUE(ended);
}

TEST_F(ManagerPartsTest, ACounterOfOnesOwnIsServedWithTheOthers) {
  make(false);
  manager->metrics().counter("widgets_painted_total", "Widgets painted", {{"color", "red"}}).add(3);
  EXPECT_NE(manager->metrics().text().find("widgets_painted_total{color=\"red\"} 3"), std::string::npos);
}

TEST_F(ManagerPartsTest, P14_TwoUsersShareAnInformerExactlyWhenTheyKeepTheSame) {
  make(false);
  const auto informerWith = [this](const Projection& projection) {
    InformerOptions options;
    options.projection = projection;
    return &manager->informer(kWidget, options);
  };
  Informer* const whole = informerWith({});
  EXPECT_EQ(informerWith({}), whole);
  EXPECT_NE(informerWith(keepMetadata()), whole);
  EXPECT_EQ(informerWith(keepFields({"/spec/a"})), informerWith(keepFields({"/spec/a"})));
  EXPECT_NE(informerWith(keepFields({"/spec/a"})), informerWith(keepFields({"/spec/b"})));
}

TEST_F(ManagerPartsTest, WithoutElectionTheEpochIsZeroAndTheFenceOpen) {
  make(false);
  EXPECT_EQ(manager->leaderEpoch(), 0);
  EXPECT_TRUE(manager->fencedClient().create(kWidget, newObject(kWidget, kKey)));
}

TEST_F(ManagerPartsTest, BeforeItLeadsThereIsNoEpochAndNoWrite) {
  make(true);
  EXPECT_EQ(manager->leaderEpoch(), std::nullopt);
  EXPECT_EQ(manager->fencedClient().create(kWidget, newObject(kWidget, kKey)).error().kind, ErrorKind::Cancelled);
}

TEST_F(ManagerPartsTest, EachLeadersEpochExceedsTheLastOnes) {
  Json lease = newObject(kinds::Lease, {"ns", "lease"});
  setRecord(lease, {"", 1, "", "", 7});  // the seventh hand-over's holder has released it
  ASSERT_TRUE(server->create(kinds::Lease, lease));
  make(true);
  run();
  ASSERT_TRUE(eventually([this] { return manager->leaderEpoch().has_value(); }));
  EXPECT_EQ(*manager->leaderEpoch(), 8);
  EXPECT_TRUE(manager->fencedClient().create(kWidget, newObject(kWidget, kKey)));
  manager->stop();
  thread.join();
  EXPECT_EQ(manager->leaderEpoch(), std::nullopt);
}

// A Manager whose informers hear nothing of what happens.
class DeafManagerTest : public ManagerPartsTest {
 protected:
  void SetUp() override {
    make(false);
    for (InformerOptions options : {InformerOptions{}, InformerOptions{.metadataOnly = true}})
      manager->informer(kWidget, options).addHandler([this](const InformerEvent& event) {
        if (event.type == InformerEvent::Type::Update && stringAt(*event.old, "/metadata/labels/color") == "red")
          ++seen;
      });
    Json widget = newObject(kWidget, kKey);
    widget["metadata"]["labels"]["color"] = "red";
    ASSERT_TRUE(server->create(kWidget, widget));
    run();
    ASSERT_TRUE(eventually([this] { return whole().hasSynced() && slim().hasSynced() && server->openWatches() == 2; }));
    server->setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
      if (request.verb != "watch") return std::nullopt;
      return Error{ErrorKind::Unavailable, "deaf", 503, std::nullopt, nullptr};
    });
    server->closeWatches(true);
  }
  static Json painted(const std::string& color) {
    Json widget = newObject(kWidget, kKey);
    widget["metadata"]["labels"]["color"] = color;
    widget["spec"]["size"] = 1;
    return widget;
  }
  static std::string colorOf(const ObjectPtr& object) {
    return object ? stringAt(*object, "/metadata/labels/color") : "gone";
  }
  Informer& whole() { return manager->informer(kWidget); }
  Informer& slim() { return manager->informer(kWidget, {.metadataOnly = true}); }
  std::atomic<int> seen{0};  // updates from red, as handlers were told
};

TEST_F(DeafManagerTest, F10_GetShowsWhatThisProcessWroteBeforeTheWatchTells) {
  ASSERT_TRUE(manager->client().apply(kWidget, painted("blue"), {"test", true, false}));
  EXPECT_EQ(colorOf(whole().get(kKey)), "blue");
  EXPECT_EQ(colorOf(slim().get(kKey)), "blue");
  EXPECT_FALSE(slim().get(kKey)->contains("spec"));
  EXPECT_EQ(colorOf(whole().list().at(0)), "red");
  EXPECT_EQ(seen, 0);
  // Handlers are told the change as the watch shows it.
  server->setFaultInjector(nullptr);
  EXPECT_TRUE(eventually([this] { return seen == 2; }));
  EXPECT_EQ(colorOf(whole().list().at(0)), "blue");
}

TEST_F(DeafManagerTest, F10_WhatSomebodyElseDidAfterwardsIsShownWhenTheWatchTells) {
  ASSERT_TRUE(manager->fencedClient().patch(kWidget, kKey, PatchType::Merge, painted("blue")));
  EXPECT_EQ(colorOf(whole().get(kKey)), "blue");
  ASSERT_TRUE(server->remove(kWidget, kKey));
  server->setFaultInjector(nullptr);
  EXPECT_TRUE(eventually([this] { return !whole().get(kKey) && !slim().get(kKey); }));
}

TEST_F(DeafManagerTest, WhatWasOnlyTriedIsNotShown) {
  ASSERT_TRUE(manager->client().apply(kWidget, painted("blue"), {"test", true, true}));
  EXPECT_EQ(colorOf(whole().get(kKey)), "red");
}

}  // namespace
}  // namespace windlass::kube::manager_parts_test
