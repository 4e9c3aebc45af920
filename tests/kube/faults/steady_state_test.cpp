// What a controller costs when nothing happens, and what a large cache costs when it is filled.
#include <algorithm>
#include <mutex>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/fake/fake_watch.h"
#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/controller_loop.h"
#include "kube/runtime/object_informer.h"
#include "scripted_api.h"
#include "tests/kube/runtime/fake_clock.h"

namespace windlass::kube::faults {
namespace {

using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;

const ResourceKind kWidget{"windlass.dev", "v1alpha1", "Widget", "widgets", true};
const ObjectKey kKey{"ns", "a"};

TEST(SteadyController, F09_WritesNothingInAMinute) {
  FakeApiServer server;
  server.create(kWidget, newObject(kWidget, kKey));
  FakeClock clock;
  Metrics metrics;
  ObjectInformer widgets(server, kWidget, {});
  ObjectInformer children(server, kinds::ConfigMap, {});
  std::atomic<int> runs{0};
  ControllerLoop loop(
      "widget",
      [&](const ObjectKey& key) -> Result<ReconcileOutcome> {
        ++runs;
        const ObjectPtr widget = widgets.get(key);
        if (!children.get(key)) {
          Json child = newObject(kinds::ConfigMap, key);
          WINDLASS_TRY(setController(child, *widget, kWidget));
          WINDLASS_TRY(server.apply(kinds::ConfigMap, child, {"widget", true, false}));
        }
        Json status = newObject(kWidget, key);
        const Json* known = find(*widget, "/status/conditions");
        status["status"]["conditions"] = known ? *known : Json::array();
        const Condition ready{"Ready", "True", "Made", "", generationOf(*widget)};
        if (setCondition(status["status"]["conditions"], ready, clock.wallTime()))
          WINDLASS_TRY(server.apply(kWidget, status, {"widget", true, false}, "status"));
        return ReconcileOutcome{seconds(10)};
      },
      metrics, clock);
  loop.watches(widgets, mapToSelf(), specChanged).watches(children, mapToOwner(kWidget), nullptr);
  widgets.start();
  children.start();
  ASSERT_TRUE(eventually([&] { return widgets.hasSynced() && children.hasSynced(); }));
  loop.start();
  ASSERT_TRUE(eventually([&] { return isConditionTrue(*widgets.get(kKey), "Ready") && children.get(kKey); }));
  clock.awaitWaiters(1);  // the worker rests; whatever wakes it now sees what it wrote
  server.clearRequests();
  for (int ten = 0; ten < 6; ++ten) {
    const int before = runs;
    clock.advance(seconds(10));
    ASSERT_TRUE(eventually([&] { return runs > before; }));
    clock.awaitWaiters(1);
  }
  EXPECT_EQ(server.writeCount(), 0U);
  EXPECT_TRUE(server.requests().empty()) << server.requests().front().verb;
  loop.stop();
  widgets.stop();
  children.stop();
}

// Ten thousand ConfigMaps, served page by page, that exist only while they are sent. Remembers how many objects the
// informer had cut down to what it keeps whenever it asked for a page.
class TenThousand : public Client {
 public:
  static constexpr int kObjects = 10000;
  explicit TenThousand(const std::atomic<int>& kept) : kept_(kept) {}

  Result<ListPage> list(const ResourceKind&, const ListOptions& options) override {
    const std::lock_guard lock(mutex_);
    keptAtList_.push_back(kept_);
    const int begin = options.continueToken.empty() ? 0 : std::stoi(options.continueToken);
    const int end = options.limit > 0 ? std::min(kObjects, begin + options.limit) : kObjects;
    ListPage page{{}, "20000", end < kObjects ? std::to_string(end) : ""};
    for (int i = begin; i < end; ++i) page.items.push_back(configMap("c" + std::to_string(i), 100 + i));
    if (begin == 0 && changed_) page.items[1] = configMap("c1", 19999, "new");
    return page;
  }
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override {
    const std::lock_guard lock(mutex_);
    channel_ = std::make_shared<fake::WatchChannel>(kind, options, fake::Selector{});
    return std::make_unique<fake::FakeWatchStream>(channel_);
  }
  Result<Json> get(const ResourceKind&, const ObjectKey&) override { return unavailableHere(); }
  Result<Json> create(const ResourceKind&, const Json&) override { return unavailableHere(); }
  Result<Json> update(const ResourceKind&, const Json&, const std::string&) override { return unavailableHere(); }
  Result<Json> patch(const ResourceKind&, const ObjectKey&, PatchType, const Json&, const std::string&) override {
    return unavailableHere();
  }
  Result<Json> apply(const ResourceKind&, const Json&, const ApplyOptions&, const std::string&) override {
    return unavailableHere();
  }
  Status remove(const ResourceKind&, const ObjectKey&, const DeleteOptions&) override { return unavailableHere(); }
  Result<std::string> readLog(const ObjectKey&, const LogOptions&) override { return unavailableHere(); }

  std::vector<int> keptAtList() {
    const std::lock_guard lock(mutex_);
    return keptAtList_;
  }
  // One object changes and the watch that would tell of it expires. False while there is no watch.
  bool changeUnseen() {
    const std::lock_guard lock(mutex_);
    if (!channel_) return false;
    changed_ = true;
    channel_->push(std::optional(WatchEvent{WatchEventType::Error, fake::failureStatus(410, "Expired", "too old")}));
    return true;
  }

 private:
  static tl::unexpected<Error> unavailableHere() { return fail(unavailable()); }

  const std::atomic<int>& kept_;
  std::mutex mutex_;
  std::vector<int> keptAtList_;
  std::shared_ptr<fake::WatchChannel> channel_;
  bool changed_ = false;
};

class LargeCacheTest : public testing::Test {
 protected:
  static InformerOptions counting(std::atomic<int>& kept) {
    InformerOptions options;
    options.projection = [&kept](Json& object) {
      ++kept;
      object.erase("data");
    };
    return options;
  }
  static ReflectorOptions quick() {
    ReflectorOptions options;
    options.backoff.initial = options.backoff.max = std::chrono::milliseconds(5);
    return options;
  }
  std::atomic<int> kept{0};
  TenThousand source{kept};
  ObjectInformer informer{source, kinds::ConfigMap, counting(kept), systemClock(), quick()};
};

TEST_F(LargeCacheTest, F14_HoldsNoMoreThanOnePageInFullWhileItIsFilled) {
  informer.start();
  ASSERT_TRUE(eventually([&] { return informer.hasSynced(); }));
  const auto seen = source.keptAtList();
  ASSERT_EQ(seen.size(), 20U);
  // Each page has been cut down to what is kept before the next one is asked for.
  for (std::size_t page = 0; page < seen.size(); ++page) EXPECT_EQ(seen[page], static_cast<int>(page) * 500);
  EXPECT_EQ(informer.list().size(), 10000U);
}

TEST_F(LargeCacheTest, F14_AListOverAFullCacheKeepsTheObjectsThatDidNotChange) {
  informer.start();
  ASSERT_TRUE(eventually([&] { return informer.hasSynced() && source.changeUnseen(); }));
  const ObjectPtr before = informer.get({"ns", "c77"});
  ASSERT_TRUE(eventually([&] { return resourceVersionOf(*informer.get({"ns", "c1"})) == "19999"; }));
  EXPECT_EQ(kept, TenThousand::kObjects + 1);  // only the one that changed was taken in again
  EXPECT_EQ(*informer.get({"ns", "c77"}), *before);
}

}  // namespace
}  // namespace windlass::kube::faults
