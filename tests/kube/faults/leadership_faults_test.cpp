// Leaders that lose touch, with an API server that fails or is slow, in time that the tests own.
#include <gtest/gtest.h>

#include "gated_client.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/runtime/leader_election.h"
#include "scripted_api.h"
#include "tests/kube/runtime/fake_clock.h"
#include "tests/kube/runtime/lease_options.h"
#include "tests/kube/runtime/running_manager.h"

namespace windlass::kube::faults {
namespace {

using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;
using testing_support::leaseOptions;
using testing_support::RunningManager;

class LeadershipTest : public testing::Test {
 protected:
  LeaseRecord record() { return recordOf(*server->get(kinds::Lease, {"ns", "lease"})); }
  std::unique_ptr<LeaderElector> elector(const std::string& identity, std::shared_ptr<Client> client) {
    LeaderElector::Callbacks callbacks;
    callbacks.onStarted = [] {};
    callbacks.onLost = [this](const Error&) { ++lost; };
    return std::make_unique<LeaderElector>(std::move(client), leaseOptions(identity), callbacks, metrics, clock);
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  Metrics metrics;
  FakeClock clock;
  std::atomic<int> lost{0};
};

TEST_F(LeadershipTest, F11_ALostLeaseStopsTheReconcilersBeforeAnotherMayLead) {
  std::atomic<bool> down{false}, abandoned{false};
  std::atomic<int> runs{0};
  SteadyTime abandonedAt{};
  ManagerOptions options;
  options.component = "leader";
  options.clock = &clock;
  options.leaderElection = leaseOptions("one");
  options.leaseClient = std::make_shared<GatedClient>(server, [&](const std::string&) -> std::optional<Error> {
    if (!down) return std::nullopt;
    return unavailable();
  });
  options.abandon = [&](const Error&) {
    abandonedAt = clock.now();
    abandoned = true;
  };
  Manager manager(server, options);
  manager
      .controller("busy",
                  [&](const ObjectKey&) -> Result<ReconcileOutcome> {
                    ++runs;
                    return ReconcileOutcome{seconds(1)};
                  })
      .enqueue({"ns", "a"});
  const SteadyTime renewed = clock.now();
  RunningManager running(manager);
  ASSERT_TRUE(eventually([&] { return runs == 1; }));
  down = true;
  for (int second = 1; second < 10; ++second) {
    clock.advance(seconds(1));
    ASSERT_TRUE(eventually([&] { return runs == second + 1; }));  // it leads, so it works
  }
  EXPECT_FALSE(abandoned);
  clock.advance(seconds(1));
  ASSERT_TRUE(eventually([&] { return abandoned.load(); }));
  EXPECT_EQ(abandonedAt - renewed, leaseOptions("").renewDeadline);
  LeaseObservation other;
  other.observe(record(), renewed);
  EXPECT_TRUE(other.isValid(abandonedAt + seconds(4))) << "another could lead already";
  EXPECT_FALSE(running.finish());
  const int atTheEnd = runs;
  clock.advance(seconds(60));
  EXPECT_EQ(runs, atTheEnd);
}

TEST_F(LeadershipTest, F12_ASlowServerIsNoReasonToAbdicate) {
  std::atomic<bool> slow{false};
  std::atomic<int> calls{0};
  auto one = elector("one", std::make_shared<GatedClient>(server, [&](const std::string&) -> std::optional<Error> {
                       if (slow) clock.advance(seconds(4));  // each call takes this long
                       ++calls;
                       return std::nullopt;
                     }));
  one->start();
  ASSERT_TRUE(eventually([&] { return one->isLeader(); }));
  slow = true;
  for (int i = 0; i < 20; ++i) {
    clock.awaitWaiters(1);
    const SteadyTime before = one->deadline();
    EXPECT_GT(before, clock.now());
    clock.advance(seconds(2));
    ASSERT_TRUE(eventually([&] { return one->deadline() > before; }));
  }
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(record().holder, "one");
  EXPECT_EQ(record().transitions, 0);
}

TEST_F(LeadershipTest, F13_ALeaderThatWasStoppedFindsAnotherAndDoesNotLeadAgain) {
  std::atomic<bool> stopped{false};
  auto one = elector("one", std::make_shared<GatedClient>(server, [&](const std::string&) -> std::optional<Error> {
                       // SIGSTOP: the thread stands still in the middle of a renewal.
                       while (stopped) std::this_thread::sleep_for(std::chrono::milliseconds(1));
                       return std::nullopt;
                     }));
  one->start();
  ASSERT_TRUE(eventually([&] { return one->isLeader(); }));
  clock.awaitWaiters(1);
  stopped = true;
  clock.advance(seconds(2));
  auto two = elector("two", server);
  two->start();
  for (int i = 0; i < 12 && !two->isLeader(); ++i) {
    clock.awaitWaiters(1);
    // As soon as another may lead, the clock alone tells whoever looks at the first one (the Manager) that it is over.
    clock.advance(seconds(5));
  }
  ASSERT_TRUE(eventually([&] { return two->isLeader(); }));
  EXPECT_LT(one->deadline(), clock.now());
  EXPECT_FALSE(one->health());
  stopped = false;
  ASSERT_TRUE(eventually([&] { return lost == 1; }));
  EXPECT_FALSE(one->isLeader());
  EXPECT_EQ(record().holder, "two");
  EXPECT_EQ(record().transitions, 1);
  EXPECT_TRUE(two->isLeader());
}

}  // namespace
}  // namespace windlass::kube::faults
