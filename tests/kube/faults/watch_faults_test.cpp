// Watches that stall, end at once, never finish or speak of versions that are gone: seen from an informer.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/controller_loop.h"
#include "kube/runtime/object_informer.h"
#include "scripted_api.h"
#include "tests/kube/runtime/fake_clock.h"

namespace windlass::kube::faults {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;

ReflectorOptions quick() {
  ReflectorOptions options;
  options.backoff.initial = options.backoff.max = milliseconds(5);
  options.backoff.jitter = 0;
  return options;
}

bool has(const std::string& line, const std::string& part) {
  return line.find(part) != std::string::npos;
}

std::string valueOf(const Informer& informer, const std::string& name) {
  const ObjectPtr object = informer.get({"ns", name});
  return object ? stringAt(*object, "/data/value") : "";
}

TEST(HalfOpenWatch, F01_IsNoticedWhenItsTimeIsOverAndResumedWhereItWas) {
  const ScriptedApi api(listOf({configMap("a", 90)}, "100"),
                        silentAfter(eventLine("MODIFIED", configMap("a", 110, "2"))));
  const auto client = api.client(milliseconds(100));
  ReflectorOptions reflection = quick();
  reflection.minWatchTime = seconds(1);
  ObjectInformer informer(*client, kinds::ConfigMap, {}, systemClock(), reflection);
  informer.start();
  ASSERT_TRUE(eventually([&] { return api.watches().size() >= 2; }));
  EXPECT_TRUE(has(api.watches().at(0), "resourceVersion=100&timeoutSeconds=1")) << api.watches().at(0);
  EXPECT_TRUE(has(api.watches().at(1), "resourceVersion=110")) << api.watches().at(1);
  EXPECT_EQ(api.lists().size(), 1U);
}

TEST(ClosedWatch, F02_CostsOneRequestADelayAndNoMore) {
  std::atomic<int> count{0};
  const ScriptedApi api(listOf({}, "100"), [&](ServerConnection& connection, const std::string&) {
    connection.beginChunks();
    count++ % 2 == 0 ? static_cast<void>(connection.endChunks()) : connection.reset();
  });
  const auto client = api.client();
  FakeClock clock;
  ObjectInformer informer(*client, kinds::ConfigMap, {}, clock);
  informer.start();
  for (std::size_t watches = 1; watches <= 6; ++watches) {
    clock.awaitWaiters(1);  // it backs off: nothing happens until time passes
    EXPECT_EQ(api.watches().size(), watches);
    clock.advance(seconds(61));
  }
  clock.awaitWaiters(1);
  EXPECT_EQ(api.lists().size(), 1U);
}

TEST(RestartedServer, F03_NoneOfManyWatchersListsAgain) {
  FakeApiServer server;
  server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"}));
  std::vector<std::unique_ptr<ObjectInformer>> informers;
  for (int i = 0; i < 20; ++i) {
    informers.push_back(
        std::make_unique<ObjectInformer>(server, kinds::ConfigMap, InformerOptions{}, systemClock(), quick()));
    informers.back()->start();
  }
  const auto count = [&](const std::string& verb) {
    std::size_t found = 0;
    for (const FakeRequest& request : server.requests()) found += request.verb == verb ? 1U : 0U;
    return found;
  };
  ASSERT_TRUE(eventually([&] { return server.openWatches() == 20; }));
  std::atomic<bool> down{true};
  server.setFaultInjector([&down](const FakeRequest&) -> std::optional<Error> {
    if (!down) return std::nullopt;
    return unavailable();
  });
  server.closeWatches(true);
  ASSERT_TRUE(eventually([&] { return count("watch") >= 80; }));
  down = false;
  server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "b"}));
  const auto allSee = [&](const std::string& name) {
    return eventually([&] {
      return std::all_of(informers.begin(), informers.end(), [&](const auto& informer) {
        return informer->get({"ns", name}) != nullptr;
      });
    });
  };
  EXPECT_TRUE(allSee("b"));
  server.closeWatches(false);  // a normal end
  server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "c"}));
  EXPECT_TRUE(allSee("c"));
  EXPECT_EQ(count("list"), 20U);
}

TEST(RestoredServer, F04_AVersionItNeverReachesCostsOneListMore) {
  const ScriptedApi api(
      [](ServerConnection& connection, const std::string& line) {
        if (has(line, "resourceVersion=0"))
          connection.respond("200 OK", listBody({configMap("a", 4999, "lost")}, "5000"));
        else if (has(line, "resourceVersion=5000"))
          connection.respond("504 Gateway Timeout",
                             statusBody(504, "Timeout", "Too large resource version: 5000, current: 100"),
                             "Retry-After: 1\r\n");
        else
          connection.respond("200 OK", listBody({configMap("a", 90, "restored")}, "100"));
      },
      [](ServerConnection& connection, const std::string& line) {
        connection.beginChunks();
        if (has(line, "resourceVersion=5000"))
          connection.sendChunk(eventLine("ERROR", Json::parse(statusBody(410, "Expired", "too old"))));
        connection.readSome();
      });
  const auto client = api.client();
  ObjectInformer informer(*client, kinds::ConfigMap, {}, systemClock(), quick());
  informer.start();
  ASSERT_TRUE(eventually([&] { return valueOf(informer, "a") == "restored" && api.watches().size() == 2; }));
  EXPECT_EQ(api.lists().size(), 3U);
  EXPECT_FALSE(has(api.lists().at(2), "resourceVersion"));
  EXPECT_TRUE(has(api.watches().at(1), "resourceVersion=100"));
}

TEST(StreamedList, F05_WithoutItsEndBookmarkIsListedOnceInstead) {
  const ScriptedApi api(listOf({configMap("a", 90)}, "100"), silentAfter(eventLine("ADDED", configMap("a", 90))));
  const auto client = api.client();
  ReflectorOptions reflection = quick();
  reflection.streamedListPatience = seconds(0);
  InformerOptions options;
  options.streamedList = true;
  ObjectInformer informer(*client, kinds::ConfigMap, options, systemClock(), reflection);
  informer.addHandler([](const InformerEvent&) {}, seconds(3600));  // looks at the clock each second
  informer.start();
  ASSERT_TRUE(eventually([&] { return informer.hasSynced() && api.watches().size() == 2; }));
  EXPECT_EQ(api.lists().size(), 1U);
  EXPECT_TRUE(has(api.watches().at(0), "sendInitialEvents=true"));
  EXPECT_FALSE(has(api.watches().at(1), "sendInitialEvents"));
}

// A controller whose cache cannot hear of changes until the test says so.
class DeafCacheTest : public testing::Test {
 protected:
  // Its end is the end of the reconciles: made after the variables of a test that its reconciler knows.
  class Running {
   public:
    explicit Running(ControllerLoop& loop) : loop_(loop) {}
    ~Running() { loop_.stop(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    ControllerLoop& loop_;
  };

  DeafCacheTest() { server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"})); }
  ~DeafCacheTest() override { informer.stop(); }
  [[nodiscard]] Running start(Reconciler reconciler) {
    loop = std::make_unique<ControllerLoop>("deaf", std::move(reconciler), metrics);
    loop->watches(informer, mapToSelf(), nullptr);
    informer.start();
    EXPECT_TRUE(eventually([&] { return informer.hasSynced(); }));
    loop->start();
    return Running(*loop);
  }
  void deafen() {
    ASSERT_TRUE(eventually([&] { return server.openWatches() == 1; }));
    server.setFaultInjector([this](const FakeRequest& request) -> std::optional<Error> {
      if (request.verb != "watch") return std::nullopt;
      ++refused;
      return unavailable();
    });
    server.closeWatches(true);
    ASSERT_TRUE(eventually([&] { return refused > 0; }));
  }
  void hearAgain() { server.setFaultInjector(nullptr); }

  FakeApiServer server;
  Metrics metrics;
  std::atomic<int> refused{0};
  ObjectInformer informer{server, kinds::ConfigMap, {}, systemClock(), quick()};
  std::unique_ptr<ControllerLoop> loop;
};

TEST_F(DeafCacheTest, F06_ADeleteThatWasMissedReachesTheReconciler) {
  std::atomic<int> present{0}, absent{0};
  const Running running = start([&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    informer.get(key) ? ++present : ++absent;
    return ReconcileOutcome{};
  });
  ASSERT_TRUE(eventually([&] { return present > 0; }));
  deafen();
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"ns", "a"}));
  server.compact();  // no watch will ever tell
  EXPECT_EQ(absent, 0);
  hearAgain();
  EXPECT_TRUE(eventually([&] { return absent > 0; }));
}

TEST_F(DeafCacheTest, F07_AnObjectMadeAnewUnderItsNameReachesTheReconciler) {
  std::mutex mutex;
  std::set<std::string> uids;
  const auto seen = [&] {
    const std::lock_guard lock(mutex);
    return uids.size();
  };
  const Running running = start([&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const std::lock_guard lock(mutex);
    if (const ObjectPtr object = informer.get(key)) uids.insert(uidOf(*object));
    return ReconcileOutcome{};
  });
  ASSERT_TRUE(eventually([&] { return seen() == 1; }));
  deafen();
  ASSERT_TRUE(server.remove(kinds::ConfigMap, {"ns", "a"}));
  server.create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "a"}));
  hearAgain();
  EXPECT_TRUE(eventually([&] { return seen() == 2; }));
}

TEST_F(DeafCacheTest, F10_AWriteBasedOnAStaleReadIsRefusedAndDoneAgain) {
  std::atomic<int> wanted{1}, conflicts{0};
  const Running running = start([&](const ObjectKey& key) -> Result<ReconcileOutcome> {
    const ObjectPtr cached = informer.get(key);
    Json changed = *cached;
    changed["data"]["mine"] = std::to_string(wanted);
    if (changed == *cached) return ReconcileOutcome{};
    auto written = server.update(kinds::ConfigMap, changed);
    if (written) return ReconcileOutcome{};
    conflicts += written.error().kind == ErrorKind::Conflict ? 1 : 0;
    return fail(std::move(written).error());
  });
  const auto stored = [&](const char* field) { return stringAt(*server.get(kinds::ConfigMap, {"ns", "a"}), field); };
  ASSERT_TRUE(eventually([&] {
    return stored("/data/mine") == "1" && stringAt(*informer.get({"ns", "a"}), "/data/mine") == "1";
  }));
  deafen();
  server.patch(kinds::ConfigMap, {"ns", "a"}, PatchType::Merge, {{"data", {{"other", "new"}}}});
  wanted = 2;
  loop->enqueue({"ns", "a"});
  ASSERT_TRUE(eventually([&] { return conflicts > 0; }));
  EXPECT_EQ(stored("/data/mine"), "1");
  hearAgain();
  ASSERT_TRUE(eventually([&] { return stored("/data/mine") == "2"; }));
  EXPECT_EQ(stored("/data/other"), "new");
}

TEST_F(DeafCacheTest, F10_AChildThatTheCacheDoesNotShowYetIsNotMadeTwice) {
  std::atomic<int> runs{0};
  std::atomic<bool> wanted{false};
  const Running running = start([&](const ObjectKey&) -> Result<ReconcileOutcome> {
    if (!wanted || informer.get({"ns", "child"})) return ReconcileOutcome{};
    WINDLASS_TRY(server.apply(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "child"}), {"test", true, false}));
    ++runs;
    return ReconcileOutcome{};
  });
  deafen();
  server.clearRequests();
  wanted = true;
  for (int run = 1; run <= 3; ++run) {
    loop->enqueue({"ns", "a"});
    ASSERT_TRUE(eventually([&] { return runs == run; }));
  }
  EXPECT_EQ(server.writeCount(), 1U);
}

}  // namespace
}  // namespace windlass::kube::faults
