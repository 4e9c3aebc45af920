// The course of a canary, window by window.
#include "operator/traffic/analysis/canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;

// Ten seconds of a service with 100 requests a second, split as the gateway was told.
Window tenSeconds(int basisPoints) {
  Window window;
  window.seconds = 10;
  window.canary.counts.requests = window.canary.counts.timed = static_cast<std::uint64_t>(basisPoints / 10);
  window.stable.counts.requests = window.stable.counts.timed = 1000 - window.canary.counts.requests;
  return window;
}

struct Course {
  CanaryPolicy policy;
  CanaryProgress progress;
  std::string reason;  // the last that was given
  std::vector<int> shares{0};

  void go(int windows, const std::function<void(Window&)>& change = {}) {
    for (int i = 0; i < windows; ++i) {
      Window window = tenSeconds(progress.basisPoints);
      if (change) change(window);
      progress = observe(policy, progress.state, window);
      if (!progress.verdict.reason.empty()) reason = progress.verdict.reason;
      if (progress.basisPoints != shares.back()) shares.push_back(progress.basisPoints);
    }
  }
};

TEST(Canary, AGoodOneIsRaisedStepByStep) {
  Course course;
  course.go(300);
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Passed);
  EXPECT_EQ(course.shares, (std::vector<int>{0, 100, 1000, 5000}));
}

TEST(Canary, NothingIsSentBeforeAPodAnswers) {
  Course course;
  course.go(20, [](Window& window) { window.canary.health.available = false; });
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Baseline);
  EXPECT_EQ(course.progress.basisPoints, 0);
  EXPECT_THAT(course.reason, HasSubstr("no canary pod"));
}

TEST(Canary, AFailureTakesTheShareToZeroAndItStaysThere) {
  Course course;
  course.go(13);
  ASSERT_EQ(course.progress.basisPoints, 100);
  course.go(1, [](Window& window) { window.canary.health.restarts = 1; });
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Failed);
  EXPECT_EQ(course.progress.basisPoints, 0);
  EXPECT_THAT(course.reason, HasSubstr("restarts: "));
  course.go(50);
  EXPECT_EQ(course.shares, (std::vector<int>{0, 100, 0}));
}

TEST(Canary, WithoutTrafficItEndsInconclusive) {
  Course course;
  course.policy.maxStepSeconds = 600;
  course.go(200, [](Window& window) { window.canary.counts = {}; });
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Inconclusive);
  EXPECT_EQ(course.progress.basisPoints, 0);
  EXPECT_THAT(course.reason, HasSubstr("no decision after"));
}

TEST(Canary, TheWarmUpOfAStepIsNotJudged) {
  Course course;
  course.go(12);
  ASSERT_EQ(course.progress.state.phase, CanaryPhase::Step);
  course.go(1, [](Window& window) { window.canary.counts.errors = window.canary.counts.requests; });
  EXPECT_EQ(course.progress.state.evidence.errors.totals.canaryAll, 0U);
}

TEST(CanaryPolicyCheck, DefaultsAreAccepted) {
  EXPECT_TRUE(checkPolicy({}));
}

TEST(CanaryPolicyCheck, NumbersThatCannotWorkAreRefusedByName) {
  const auto refusal = [](auto change) {
    CanaryPolicy policy;
    change(policy);
    const auto checked = checkPolicy(policy);
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps.clear(); }), HasSubstr("steps:"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[1].basisPoints = 50; }), HasSubstr("steps[1].basisPoints"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[2].basisPoints = 10000; }), HasSubstr("steps[2].basisPoints"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[0].errorPassDifference = 0.001; }), HasSubstr("steps[0].errors"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.latency.passOdds = 1.5; }), HasSubstr("latency.passOdds"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.errorShare = 0.9; }), HasSubstr("together more than 1"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.alpha = 0; }), HasSubstr("alpha"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.syntheticFailures = 0; }), HasSubstr("syntheticFailures"));
}

}  // namespace
}  // namespace windlass::ops
