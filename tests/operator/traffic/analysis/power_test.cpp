// Good canaries pass, bad ones do not: the small brother of tests/bench/canary/canary_power.cpp, with fixed seeds.
#include <gtest/gtest.h>

#include "simulation.h"

namespace windlass::ops::sim {
namespace {

const Load kLoad{.requestsPerSecond = 300, .windowSeconds = 10, .syntheticEverySeconds = 10};

TEST(CanaryPower, AtMostOneFalseAlarmInTwoHundredGoodCanaries) {
  int rejected = 0, undecided = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Outcome outcome = run({}, scenarios().front(), kLoad, seed);
    rejected += outcome.phase == CanaryPhase::Failed ? 1 : 0;
    undecided += outcome.phase == CanaryPhase::Inconclusive ? 1 : 0;
  }
  // With the policy's alpha of 0.002 more than one of 200 has probability 0.06 at most; the seeds are fixed.
  EXPECT_LE(rejected, 1);
  EXPECT_EQ(undecided, 0);
}

TEST(CanaryPower, EveryFaultIsCaught) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.good) continue;
    int caught = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
      caught += run({}, scenario, kLoad, seed).phase == CanaryPhase::Failed ? 1 : 0;
    // One may hide behind an unlucky baseline; docs/canary.md has the measured power.
    EXPECT_GE(caught, 9) << scenario.name;
  }
}

TEST(CanaryPower, TheSameSeedGivesTheSameRun) {
  const Outcome one = run({}, scenarios()[2], kLoad, 42), other = run({}, scenarios()[2], kLoad, 42);
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.reason, other.reason);
}

}  // namespace
}  // namespace windlass::ops::sim
