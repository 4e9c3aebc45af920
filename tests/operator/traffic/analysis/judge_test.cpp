// Verdicts with their numbers.
#include "operator/traffic/analysis/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;

// What a second of 100 requests looks like; the canary has a tenth.
Window second(std::uint64_t canaryErrors, std::uint64_t stableErrors = 0) {
  Window window;
  window.seconds = 1;
  window.canary.counts.requests = window.canary.counts.timed = 10;
  window.stable.counts.requests = window.stable.counts.timed = 90;
  for (std::size_t i = 0; i < 4; ++i) {
    // A half of all takes 50 ms and more.
    window.canary.counts.slower[i] = i == 3 ? 5 : 10;
    window.stable.counts.slower[i] = i == 3 ? 45 : 90;
  }
  window.canary.counts.errors = canaryErrors;
  window.stable.counts.errors = stableErrors;
  return window;
}

class Judging : public testing::Test {
 protected:
  void see(const Window& window, int times) {
    for (int i = 0; i < times; ++i) evidence_.add(window, policy_);
    seconds_ += window.seconds * times;
  }
  Verdict verdict() const { return judge({policy_, 1, seconds_, seconds_, evidence_, before_}); }
  const Finding& finding(const Verdict& verdict, const std::string& name) const {
    for (const Finding& finding : verdict.findings) {
      if (finding.name == name) return finding;
    }
    static const Finding kNone;
    ADD_FAILURE() << "no finding " << name;
    return kNone;
  }

  CanaryPolicy policy_;
  Evidence evidence_;
  Proportion before_{1, 6000};
  double seconds_ = 0;
};

TEST_F(Judging, FewSamplesWaitAndSayHowManyAreMissing) {
  see(second(0), 5);
  const Verdict early = verdict();
  EXPECT_EQ(early.decision, Decision::Wait);
  EXPECT_EQ(early.requests, 50U);
  EXPECT_GE(early.moreRequests, 450U);
  EXPECT_GE(early.moreSeconds, 295);
}

TEST_F(Judging, TheEstimateOfWhatIsMissingIsRight) {
  policy_.steps[1].soakSeconds = 0;
  policy_.steps[1].minRequests = 0;
  see(second(0), 20);
  const std::uint64_t more = verdict().moreRequests;
  ASSERT_GT(more, 100U);
  see(second(0), static_cast<int>(more / 10) - 5);
  EXPECT_EQ(verdict().decision, Decision::Wait);
  see(second(0), 15);
  EXPECT_EQ(verdict().decision, Decision::Pass) << verdict().reason;
}

TEST_F(Judging, EqualRevisionsPassAfterTheSoak) {
  see(second(0), 290);
  EXPECT_EQ(verdict().decision, Decision::Wait);
  EXPECT_THAT(verdict().reason, HasSubstr("soaking"));
  see(second(0), 20);
  EXPECT_EQ(verdict().decision, Decision::Pass) << verdict().reason;
  EXPECT_THAT(verdict().reason, HasSubstr("3100 requests"));
}

TEST_F(Judging, MoreErrorsFailWithTheEvidence) {
  for (int i = 0; i < 60; ++i) see(second(i % 3 == 0 ? 1 : 0), 1);
  const Verdict verdict = this->verdict();
  EXPECT_EQ(verdict.decision, Decision::Fail);
  EXPECT_THAT(verdict.reason, HasSubstr("errors: 20 of 600 (3.33 %) against 0 of 5400 (0.00 %)"));
  const Finding& errors = finding(verdict, "errors");
  EXPECT_GT(errors.evidence, errors.needed);
  EXPECT_GT(errors.difference.low, policy_.errors.failDifference);
}

TEST_F(Judging, TheSameErrorsOnBothSidesAreNobodysFault) {
  see(second(0), 100);
  // A minute in which 40 % of everything fails.
  see(second(4, 36), 60);
  EXPECT_NE(verdict().decision, Decision::Fail) << verdict().reason;
}

TEST_F(Judging, SlowerAnswersFail) {
  Window slow = second(0);
  slow.canary.counts.slower[3] = 9;
  slow.canary.counts.slower[4] = 5;
  see(slow, 30);
  EXPECT_EQ(verdict().decision, Decision::Fail);
  EXPECT_THAT(verdict().reason, HasSubstr("latency >= "));
}

TEST_F(Judging, ErrorsInTheLogFail) {
  Window loud = second(0);
  loud.canary.counts.logged = 1;
  see(loud, 60);
  EXPECT_EQ(verdict().decision, Decision::Fail);
  EXPECT_THAT(verdict().reason, HasSubstr("logs: "));
  policy_.judgeLogs = false;
  EXPECT_NE(verdict().decision, Decision::Fail);
}

TEST_F(Judging, LogsThatCouldNotBeReadAreNeitherWaitedForNorAProof) {
  Window unread = second(0);
  unread.logsRead = false;
  unread.canary.counts.logged = 9;
  see(unread, 310);
  EXPECT_EQ(verdict().decision, Decision::Pass) << verdict().reason;
  for (const Finding& finding : verdict().findings) EXPECT_NE(finding.name, "logs");
}

TEST_F(Judging, LogsThatWereReadHalfOfTheTimeTakePart) {
  Window unread = second(0);
  unread.logsRead = false;
  see(unread, 155);
  see(second(0), 155);
  EXPECT_EQ(finding(verdict(), "logs").tried.all, 1550);
}

TEST_F(Judging, WhatTheLogsProvedBeforeTheyCouldNotBeReadStands) {
  Window loud = second(0), unread = second(0);
  loud.canary.counts.logged = 1;
  unread.logsRead = false;
  see(loud, 60);
  see(unread, 200);
  EXPECT_EQ(verdict().decision, Decision::Fail);
}

TEST_F(Judging, TheStableRevisionBecomingWorseThanItWasFails) {
  see(second(0, 5), 120);
  EXPECT_EQ(verdict().decision, Decision::Fail);
  EXPECT_THAT(verdict().reason, HasSubstr("peer: "));
}

TEST_F(Judging, AlphaIsSpentOnceOverStepsAndComparisons) {
  see(second(0), 10);
  double spent = 0;
  for (const Finding& finding : verdict().findings) {
    if (finding.needed > 0) spent += std::pow(10, -finding.needed);
  }
  EXPECT_NEAR(spent * static_cast<double>(policy_.steps.size()), policy_.alpha, 1e-9);
}

}  // namespace
}  // namespace windlass::ops
