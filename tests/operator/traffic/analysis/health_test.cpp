// The signals that need no statistics.
#include "operator/traffic/analysis/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;

const CanaryPolicy kPolicy;

Window quiet() {
  Window window;
  window.seconds = 5;
  window.canary.health.syntheticRuns = window.stable.health.syntheticRuns = 1;
  return window;
}

Window with(std::uint64_t ArmHealth::*field, Arm Window::*arm) {
  Window window = quiet();
  (window.*arm).health.*field = 1;
  return window;
}

std::string failureAfter(const std::vector<Window>& windows) {
  HealthRecord record;
  for (const Window& window : windows) record.add(window);
  const auto found = healthFailure(record, kPolicy);
  return found ? found->name : "";
}

TEST(CanaryHealth, OneCrashIsEnough) {
  EXPECT_EQ(failureAfter({quiet(), with(&ArmHealth::restarts, &Window::canary)}), "restarts");
}

TEST(CanaryHealth, ACrashOfBothIsNotTheCanarys) {
  EXPECT_EQ(failureAfter({with(&ArmHealth::restarts, &Window::stable), with(&ArmHealth::restarts, &Window::canary)}),
            "");
}

TEST(CanaryHealth, FourFailedTransactionsInARow) {
  const Window failed = with(&ArmHealth::syntheticFailures, &Window::canary);
  EXPECT_EQ(failureAfter({failed, failed, failed, quiet(), failed, failed, failed}), "");
  EXPECT_EQ(failureAfter({quiet(), failed, failed, failed, failed}), "synthetic");
}

TEST(CanaryHealth, FailingTogetherIsSomethingElse) {
  Window both = with(&ArmHealth::syntheticFailures, &Window::canary);
  both.stable.health.syntheticFailures = 1;
  EXPECT_EQ(failureAfter({both, both, both, both, both}), "");
}

TEST(CanaryHealth, OnlyTheOldCodeFailingIsTheCanarysDoing) {
  const Window failed = with(&ArmHealth::syntheticFailures, &Window::stable);
  EXPECT_EQ(failureAfter({quiet(), failed, failed, failed, failed}), "peer");
}

Window away() {
  Window window = quiet();
  window.canary.health.available = false;
  window.canary.health.syntheticFailures = 1;
  return window;
}

TEST(CanaryHealth, WhatIsStillStartingMayBeAway) {
  EXPECT_EQ(failureAfter(std::vector<Window>(20, away())), "");
  EXPECT_EQ(failureAfter(std::vector<Window>(61, away())), "availability");
}

TEST(CanaryHealth, WhatWasThereMayNotGo) {
  Window gone = away();
  gone.canary.health.syntheticRuns = gone.canary.health.syntheticFailures = 0;
  EXPECT_EQ(failureAfter({quiet(), gone, gone}), "");
  EXPECT_EQ(failureAfter({quiet(), gone, gone, gone}), "availability");
}

TEST(CanaryHealth, WithBothAwayItIsTheGateway) {
  Window dark = away();
  dark.stable.health.available = false;
  dark.canary.health.syntheticRuns = 0;
  EXPECT_EQ(failureAfter(std::vector<Window>(100, dark)), "");
}

}  // namespace
}  // namespace windlass::ops
