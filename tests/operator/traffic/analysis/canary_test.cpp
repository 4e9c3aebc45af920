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

TEST(Canary, ThoseWhoAreChosenMeetItBeforeTheFirstShare) {
  Course course;
  course.policy.header = "tester";
  const auto chosen = [](Window& window) { window.canary.counts.requests = 3; };
  course.go(12);
  ASSERT_EQ(course.progress.state.phase, CanaryPhase::Matched);
  EXPECT_TRUE(takesChosen(course.progress.state));
  EXPECT_EQ(course.progress.basisPoints, 0);
  course.go(5, chosen);
  EXPECT_THAT(course.reason, HasSubstr("15 requests of those who are chosen, 0 of them errors"));
  ASSERT_EQ(course.progress.state.phase, CanaryPhase::Matched);
  course.go(1, chosen);
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Step);
  EXPECT_EQ(course.progress.basisPoints, 100);
}

TEST(Canary, OneThatCrashesForThoseWhoAreChosenFails) {
  Course course;
  course.policy.tenants = {"p"};
  course.go(13);
  course.go(1, [](Window& window) { window.canary.health.restarts = 1; });
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Failed);
  EXPECT_FALSE(takesChosen(course.progress.state));
}

TEST(Canary, HeldItIsJudgedAndStaysWhereItIs) {
  Course course;
  course.go(13);
  ASSERT_EQ(course.progress.state.step, 0U);
  CanaryProgress held = course.progress;
  for (int i = 0; i < 300; ++i) held = observe(course.policy, held.state, tenSeconds(100), {.hold = true});
  EXPECT_EQ(held.verdict.decision, Decision::Pass);
  EXPECT_EQ(held.state.step, 0U);
  EXPECT_EQ(held.basisPoints, 100);
  Window crash = tenSeconds(100);
  crash.canary.health.restarts = 1;
  EXPECT_EQ(observe(course.policy, held.state, crash, {.hold = true}).state.phase, CanaryPhase::Failed);
  EXPECT_EQ(observe(course.policy, held.state, tenSeconds(100)).state.step, 1U);
}

TEST(Canary, APersonsWordStandsInPlaceOfAVerdict) {
  CanaryPolicy policy;
  policy.header = "tester";
  CanaryState state;
  std::vector<std::string> course;
  while (state.phase != CanaryPhase::Passed) {
    state = passWithoutVerdict(policy, state);
    course.push_back(toString(state.phase) + std::to_string(state.step));
  }
  EXPECT_EQ(course, (std::vector<std::string>{"Matched0", "Step0", "Step1", "Step2", "Passed2"}));
  EXPECT_EQ(passWithoutVerdict(policy, state).phase, CanaryPhase::Passed);
  CanaryState undecided;
  undecided.phase = CanaryPhase::Inconclusive;
  undecided.step = 1;
  EXPECT_EQ(passWithoutVerdict(policy, undecided).step, 2U);
}

TEST(Canary, AfterAFailureItsStepBeginsAnewWithABaseline) {
  Course course;
  course.policy.header = "tester";
  CanaryState failed;
  failed.phase = CanaryPhase::Failed;
  failed.step = 1;
  failed.health.canaryRestarts = 3;
  course.progress.state = startAgain(course.policy, failed);
  EXPECT_EQ(course.progress.state.health.canaryRestarts, 0U);
  course.go(12);
  EXPECT_EQ(course.progress.state.phase, CanaryPhase::Step);
  EXPECT_EQ(course.progress.state.step, 1U);
}

}  // namespace
}  // namespace windlass::ops
