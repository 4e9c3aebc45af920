#include "kube/runtime/leader_election.h"

#include <gtest/gtest.h>

#include "fake_clock.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "lease_options.h"

namespace windlass::kube::leader_election_test {
namespace {

using std::chrono::seconds;
using testing_support::eventually;
using testing_support::FakeClock;
using testing_support::leaseOptions;

TEST(LeaseRecord, P21_TheTimesAreThoseOfClientGo) {
  EXPECT_EQ(LeaderElectionOptions{}.leaseDuration, seconds(15));
  EXPECT_EQ(LeaderElectionOptions{}.renewDeadline, seconds(10));
  EXPECT_EQ(LeaderElectionOptions{}.retryPeriod, seconds(2));
}

TEST(LeaseRecord, P21_TimesMustBeInOrder) {
  EXPECT_TRUE(checkElection(leaseOptions("a")));
  LeaderElectionOptions bad = leaseOptions("a");
  bad.renewDeadline = bad.leaseDuration;
  EXPECT_FALSE(checkElection(bad));
  bad = leaseOptions("a");
  bad.retryPeriod = seconds(9);
  EXPECT_FALSE(checkElection(bad));
  EXPECT_FALSE(checkElection(leaseOptions("")));
}

TEST(LeaseRecord, P21_ExpiryIsJudgedByTheLocalClockSinceTheLastChange) {
  const SteadyTime start = SteadyTime{} + std::chrono::hours(1);
  LeaseObservation seen;
  // Its times are in the distant future of our clock: they do not matter.
  const LeaseRecord record{"other", 15, "2099-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z", 3};
  seen.observe(record, start);
  EXPECT_FALSE(wantedRecord(seen, "me", seconds(15), start + seconds(14), {}));
  seen.observe(record, start + seconds(10));  // unchanged: does not count as renewed
  const auto wanted = wantedRecord(seen, "me", seconds(15), start + seconds(15), {});
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->holder, "me");
  EXPECT_EQ(wanted->transitions, 4);
}

TEST(LeaseRecord, P22_AReleasedLeaseIsFreeAtOnce) {
  LeaseObservation seen;
  const LeaseRecord released = releasedRecord({"other", 15, "", "", 3}, {});
  EXPECT_EQ(released.holder, "");
  EXPECT_EQ(released.durationSeconds, 1);
  seen.observe(released, SteadyTime{} + seconds(100));
  EXPECT_TRUE(wantedRecord(seen, "me", seconds(15), SteadyTime{} + seconds(100), {}));
}

class ElectorTest : public testing::Test {
 protected:
  std::unique_ptr<LeaderElector> elector(const std::string& identity) {
    LeaderElector::Callbacks callbacks;
    callbacks.onStarted = [this] { ++started; };
    callbacks.onLost = [this](const Error& error) {
      lostBecause = error.toString();
      ++lost;
    };
    return std::make_unique<LeaderElector>(server, leaseOptions(identity), callbacks, metrics, clock);
  }
  LeaseRecord record() { return recordOf(*server->get(kinds::Lease, {"ns", "lease"})); }
  void failLeaseWrites(bool yes) {
    if (!yes) return server->setFaultInjector(nullptr);
    server->setFaultInjector([](const FakeRequest&) -> std::optional<Error> {
      return Error{ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
    });
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  Metrics metrics;
  FakeClock clock;
  std::atomic<int> started{0}, lost{0};
  std::string lostBecause;
};

TEST_F(ElectorTest, P21_TakesAFreeLeaseAndRenewsItEveryRetryPeriod) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  EXPECT_EQ(record().holder, "one");
  EXPECT_EQ(record().durationSeconds, 15);
  const SteadyTime before = one->deadline();
  clock.awaitWaiters(1);
  server->clearRequests();
  clock.advance(seconds(2));
  ASSERT_TRUE(eventually([&] { return one->deadline() == before + seconds(2); }));
  // P22: the holder writes what it knows, without a read.
  ASSERT_EQ(server->requests().size(), 1U);
  EXPECT_EQ(server->requests().front().verb, "update");
  EXPECT_EQ(metrics.gauge("leader_election_master_status", "", {{"name", "lease"}}).value(), 1);
}

TEST_F(ElectorTest, P22_AConflictCostsOneReadAndTheLeaseIsKept) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  server->patch(kinds::Lease, {"ns", "lease"}, PatchType::Merge, {{"metadata", {{"labels", {{"a", "b"}}}}}});
  const std::string before = record().renewTime;
  clock.awaitWaiters(1);
  clock.advance(seconds(2));
  ASSERT_TRUE(eventually([&] { return record().renewTime != before; }));
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(record().holder, "one");
}

TEST_F(ElectorTest, P22_StopReleasesAndAnotherTakesOverAtOnce) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  one->stop(true);
  EXPECT_EQ(record().holder, "");
  EXPECT_EQ(record().durationSeconds, 1);
  auto two = elector("two");
  two->start();
  ASSERT_TRUE(eventually([&] { return started == 2; }));
  EXPECT_EQ(record().holder, "two");
  EXPECT_EQ(record().transitions, 1);
}

TEST_F(ElectorTest, P22_AReleaseThatConflictsIsTriedAgain) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  std::atomic<int> updates{0};
  server->setFaultInjector([&](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "update" || ++updates > 1) return std::nullopt;
    return Error{ErrorKind::Conflict, "modified", 409, std::nullopt, nullptr};
  });
  one->stop(true);
  EXPECT_EQ(updates, 2);
  EXPECT_EQ(record().holder, "");
}

TEST_F(ElectorTest, OnlyOneOfTwoLeadsUntilTheLeaseRunsOut) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  one->stop(false);  // as if it had been killed
  auto two = elector("two");
  two->start();
  clock.awaitWaiters(1);
  EXPECT_FALSE(two->isLeader());
  for (int i = 0; i < 10 && !two->isLeader(); ++i) {
    clock.awaitWaiters(1);
    clock.advance(seconds(5));
  }
  ASSERT_TRUE(eventually([&] { return two->isLeader(); }));
}

TEST_F(ElectorTest, P24_ALeaseThatCannotBeRenewedIsLostAfterTheDeadline) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  failLeaseWrites(true);
  for (int i = 0; i < 4; ++i) {
    clock.awaitWaiters(1);
    clock.advance(seconds(2));
  }
  clock.awaitWaiters(1);
  EXPECT_EQ(lost, 0);  // 8 s: a slow apiserver is no reason to abdicate yet
  clock.advance(seconds(2));
  ASSERT_TRUE(eventually([&] { return lost == 1; }));
  EXPECT_NE(lostBecause.find("could not be renewed"), std::string::npos);
  EXPECT_FALSE(one->isLeader());
}

TEST_F(ElectorTest, P24_HealthFailsWhenTheLeaseWasNotRenewed) {
  std::atomic<bool> release{false};
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  EXPECT_TRUE(one->health());
  EXPECT_EQ(one->deadline(), clock.now() + seconds(10));
  clock.awaitWaiters(1);
  // The elector's thread hangs in a request: nobody but the clock can tell.
  server->setFaultInjector([&](const FakeRequest&) -> std::optional<Error> {
    eventually([&] { return release.load(); });
    return std::nullopt;
  });
  clock.advance(seconds(16));
  EXPECT_FALSE(one->health());
  EXPECT_LT(one->deadline(), clock.now());
  release = true;
  one->stop(false);
}

TEST_F(ElectorTest, P24_SeeingAnotherHolderIsALoss) {
  auto one = elector("one");
  one->start();
  ASSERT_TRUE(eventually([&] { return started == 1; }));
  server->patch(kinds::Lease, {"ns", "lease"}, PatchType::Merge, {{"spec", {{"holderIdentity", "thief"}}}});
  clock.awaitWaiters(1);
  clock.advance(seconds(2));
  ASSERT_TRUE(eventually([&] { return lost == 1; }));
  EXPECT_NE(lostBecause.find("thief"), std::string::npos);
}

}  // namespace
}  // namespace windlass::kube::leader_election_test
