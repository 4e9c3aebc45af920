// Weights, headers and draining on the real gateway, changed at run time without a reload.
#include "loopback.h"

#include <cmath>

#include <gtest/gtest.h>

namespace windlass::ops::test {
namespace {

constexpr int kRequests = 1200;

// Within 4.5 standard deviations: a fair draw misses it once in 150,000 times.
void expectShare(const Counts& counts, double share) {
  const double n = counts.stable + counts.canary;
  EXPECT_NEAR(counts.canary, n * share, 4.5 * std::sqrt(n * share * (1 - share)) + 1e-9);
  EXPECT_EQ(counts.failed, 0) << counts.lastFailure;
  EXPECT_EQ(counts.stable + counts.canary, kRequests);
}

TEST(GatewayWeights, TheSplitIsWhatWasAskedForAndNoRequestFails) {
  Loopback loopback({}, {});
  ASSERT_TRUE(loopback.waitUntilUp(true));
  Client background(loopback.port(), 2);
  for (const int basisPoints : {0, 100, 1000, 5000, 10000, 0}) {
    ASSERT_TRUE(loopback.converge({basisPoints, {}, {}}));
    expectShare(hammer(loopback.port(), kRequests), basisPoints / 10000.0);
  }
  EXPECT_EQ(background.failed(), 0);
  EXPECT_GT(background.all(), 0);
}

TEST(GatewayWeights, WhatIsAlreadySoIsNotChanged) {
  Loopback loopback({}, {});
  const TrafficSplit split{2500, {"a", "b"}, {"0123"}};
  EXPECT_EQ(loopback.converge(split).value_or(-1), 4);
  EXPECT_EQ(loopback.converge(split).value_or(-1), 0);
  EXPECT_EQ(loopback.converge({2500, {"b"}, {}}).value_or(-1), 2);
}

TEST(GatewayWeights, ARestartedGatewaySplitsAsBefore) {
  Loopback loopback({}, {});
  const TrafficSplit split{10000, {}, {}};
  ASSERT_TRUE(loopback.converge(split));
  loopback.writeSplit(split);  // what the reconciler applied
  loopback.killGateway();
  loopback.startGateway();
  const Counts counts = hammer(loopback.port(), 100);
  EXPECT_EQ(counts.canary, 100);
  EXPECT_EQ(loopback.converge(split).value_or(-1), 0);
}

TEST(GatewayWeights, AHeaderDecidesForItself) {
  Loopback loopback({}, {});
  ASSERT_TRUE(loopback.waitUntilUp(true));
  ASSERT_TRUE(loopback.converge({0, {"yes"}, {}}));
  EXPECT_EQ(hammer(loopback.port(), 100, "yes").canary, 100);
  EXPECT_EQ(hammer(loopback.port(), 100, "other").canary, 0);
  EXPECT_EQ(hammer(loopback.port(), 100).canary, 0);
  ASSERT_TRUE(loopback.converge({10000, {"yes"}, {}}));
  EXPECT_EQ(hammer(loopback.port(), 100, "never").canary, 0);
}

TEST(GatewayWeights, AProjectGoesByTheSecondPartOfThePath) {
  Loopback loopback({}, {});
  ASSERT_TRUE(loopback.waitUntilUp(true));
  ASSERT_TRUE(loopback.converge({0, {}, {"work"}}));
  EXPECT_EQ(hammer(loopback.port(), 100).canary, 100);
}

TEST(GatewayWeights, RunningRequestsAreFinishedWhenTheWeightFalls) {
  Loopback loopback({}, {"none", 2000});
  ASSERT_TRUE(loopback.waitUntilUp(true));
  ASSERT_TRUE(loopback.converge({10000, {}, {}}));
  Counts running;
  std::thread slow([&] { running = hammer(loopback.port(), 8); });
  while (loopback.gateway().sample()->apis.at(loopback.api()).canary.requests < 8)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_TRUE(loopback.converge({0, {}, {}}));
  EXPECT_EQ(hammer(loopback.port(), 100).canary, 0);
  slow.join();
  EXPECT_EQ(running.canary, 8);
  EXPECT_EQ(running.failed, 0);
}

TEST(GatewayWeights, ACanaryThatIsNotThereTakesNoRequestWithIt) {
  Loopback loopback({}, {"unhealthy"});
  ASSERT_TRUE(loopback.waitUntilUp(false));
  ASSERT_TRUE(loopback.converge({10000, {}, {}}));
  std::this_thread::sleep_for(std::chrono::seconds(3));  // two failed health checks
  const Counts counts = hammer(loopback.port(), 100);
  EXPECT_EQ(counts.stable, 100);
  EXPECT_EQ(counts.failed, 0) << counts.lastFailure;
}

TEST(GatewayCounters, CountWhatTheClientSaw) {
  Loopback loopback({}, {"every-50th", 60});
  ASSERT_TRUE(loopback.waitUntilUp(true));
  ASSERT_TRUE(loopback.converge({10000, {}, {}}));
  const ApiCounters before = loopback.gateway().sample()->apis.at(loopback.api());
  const Counts counts = hammer(loopback.port(), 200);
  const ApiCounters after = loopback.gateway().sample()->apis.at(loopback.api());
  EXPECT_EQ(counts.failed, 4);
  EXPECT_EQ(after.canary.requests - before.canary.requests, 200U);
  EXPECT_EQ(after.canary.errors - before.canary.errors, 4U);
  EXPECT_EQ(after.canary.timed - before.canary.timed, 200U);
  EXPECT_EQ(after.canary.slower[3] - before.canary.slower[3], 200U) << "all took 50 ms or more";
  EXPECT_EQ(after.stable.requests, before.stable.requests);
}

}  // namespace
}  // namespace windlass::ops::test
