// Stopping at the worst moments: nothing may hang, and nothing may be left behind.
#include <filesystem>

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/transport/connection.h"
#include "scripted_api.h"
#include "tests/kube/runtime/fake_clock.h"
#include "tests/kube/runtime/running_manager.h"

namespace windlass::kube::faults {
namespace {

using std::chrono::seconds;
using testing_support::eventually;
using testing_support::RunningManager;

struct Resources {
  std::ptrdiff_t fds, threads;
  int connections;
  bool operator==(const Resources&) const = default;
};

void PrintTo(const Resources& held, std::ostream* out) {
  *out << held.fds << " fds, " << held.threads << " threads, " << held.connections << " connections";
}

Resources held() {
  const auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  };
  return {entries("/proc/self/fd"), entries("/proc/self/task"), Connection::alive()};
}

ManagerOptions options() {
  ManagerOptions made;
  made.component = "shutdown-test";
  made.metricsAddress = made.healthAddress = "127.0.0.1:0";
  made.gracefulShutdownTimeout = seconds(25);  // less than the timeout of a call
  made.abandon = [](const Error& error) { ADD_FAILURE() << error.toString(); };
  return made;
}

// Runs `life` twice: what the process makes once and keeps (library state) exists after the first.
template <class Life>
void expectNothingLeft(const Life& life) {
  life();
  const Resources before = held();
  life();
  EXPECT_TRUE(eventually([&] { return held() == before; }))
      << testing::PrintToString(held()) << " after " << testing::PrintToString(before);
}

TEST(Shutdown, F17_BeforeTheFirstSync) {
  expectNothingLeft([] {
    const ScriptedApi api([](ServerConnection& connection,
                             const std::string&) { connection.respond("503 Service Unavailable", "not yet"); },
                          silentAfter(""));
    Manager manager(api.client(), options());
    manager.informer(kinds::ConfigMap);
    manager.runnable("never", false, [](const std::atomic<bool>&) { ADD_FAILURE() << "caches have not synced"; });
    RunningManager running(manager);
    ASSERT_TRUE(eventually([&] { return api.lists().size() == 1; }));
    EXPECT_TRUE(running.finish());
  });
}

TEST(Shutdown, F17_InTheMiddleOfAList) {
  expectNothingLeft([] {
    const ScriptedApi api(
        [](ServerConnection& connection, const std::string&) {
          connection.beginChunks();
          connection.sendChunk(R"({"kind": "ConfigMapList", "items": [)");
          connection.readSome();  // and never the rest
        },
        silentAfter(""));
    Manager manager(api.client(), options());
    manager.informer(kinds::ConfigMap);
    RunningManager running(manager);
    ASSERT_TRUE(eventually([&] { return api.lists().size() == 1; }));
    EXPECT_TRUE(running.finish());
  });
}

TEST(Shutdown, F17_WhileAskedToComeBackLater) {
  expectNothingLeft([] {
    const ScriptedApi api(
        [](ServerConnection& connection, const std::string&) {
          connection.respond("429 Too Many Requests", "", "Retry-After: 28\r\n");
        },
        silentAfter(""));
    Manager manager(api.client(), options());
    manager.informer(kinds::ConfigMap);
    RunningManager running(manager);
    ASSERT_TRUE(eventually([&] { return api.lists().size() == 1; }));
    EXPECT_TRUE(running.finish());
  });
}

TEST(Shutdown, F17_InTheMiddleOfAReconcile) {
  expectNothingLeft([] {
    const ScriptedApi api(listOf({configMap("a", 90)}, "100"), silentAfter(""));
    Manager manager(api.client(), options());
    std::atomic<bool> busy{false}, letGo{false};
    std::atomic<int> runs{0};
    manager
        .controller("slow",
                    [&](const ObjectKey&) -> Result<ReconcileOutcome> {
                      ++runs;
                      busy = true;
                      eventually([&] { return letGo.load(); });
                      return ReconcileOutcome{};
                    })
        .watches(manager.informer(kinds::ConfigMap), mapToSelf());
    RunningManager running(manager);
    ASSERT_TRUE(eventually([&] { return busy.load(); }));
    manager.stop();
    letGo = true;
    EXPECT_TRUE(running.finish());
    EXPECT_EQ(runs, 1);
  });
}

TEST(Shutdown, F17_WithManyWatchesOpen) {
  expectNothingLeft([] {
    const ScriptedApi api(listOf({}, "100"), silentAfter(""));
    Manager manager(api.client(), options());
    for (int i = 0; i < 20; ++i) {
      InformerOptions one;
      one.labelSelector = "n=" + std::to_string(i);
      manager.informer(kinds::ConfigMap, one);
    }
    RunningManager running(manager);
    ASSERT_TRUE(eventually([&] { return api.watches().size() == 20; }));
    EXPECT_GE(Connection::alive(), 20);  // and those that wait for the next call
    EXPECT_TRUE(running.finish());
  });
}

}  // namespace
}  // namespace windlass::kube::faults
