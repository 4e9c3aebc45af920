// What the Jobs of a round of synthetic transactions say, and when the next one may begin.
#include "operator/reconcile/canary_probes.h"

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::HasSubstr;

constexpr std::int64_t kBegan = 1'000'000;

ProbeNotes inWork() {
  ProbeNotes out;
  out.round = 3;
  out.open = "round";
  out.begunAt = kBegan;
  out.left = true;
  return out;
}

Json job(const std::string& name, const char* condition) {
  Json out = kube::newObject(kinds::Job, {"ns", name});
  out["metadata"]["uid"] = "uid of " + name;
  if (condition != nullptr) out["status"]["conditions"] = Json::array({{{"type", condition}, {"status", "True"}}});
  return out;
}

struct Round {
  void passes(const std::string& side) { seen.jobs.push_back(job("round-" + side, "Complete")); }
  void runs(const std::string& side) { seen.jobs.push_back(job("round-" + side, nullptr)); }
  void loses(const std::string& side) { seen.jobs.push_back(job("round-" + side, "Failed")); }
  void exits(const std::string& side, int code) {
    loses(side);
    Json pod = kube::newObject(kinds::Pod, {"ns", "pod-" + side});
    static_cast<void>(kube::setController(pod, seen.jobs.back(), kinds::Job));
    pod["status"]["containerStatuses"] =
        Json::array({{{"state", {{"terminated", {{"exitCode", code}, {"message", "HTTP 500"}}}}}}});
    seen.pods.push_back(pod);
  }
  Window hear(std::int64_t after = 10'000) {
    Window window;
    hearProbes(seen, kBegan + after, notes, window);
    return window;
  }
  ProbeSight seen;
  ProbeNotes notes = inWork();
};

TEST(CanaryProbes, AreCountedTogetherWhenBothHaveEnded) {
  Round round;
  round.exits("tried", 1);
  round.runs("stable");
  EXPECT_EQ(round.hear().canary.health.syntheticRuns, 0U);
  EXPECT_EQ(round.notes.open, "round");
  round.seen.jobs.pop_back();
  round.passes("stable");
  const Window window = round.hear();
  EXPECT_EQ(window.canary.health.syntheticRuns, 1U);
  EXPECT_EQ(window.canary.health.syntheticFailures, 1U);
  EXPECT_EQ(window.stable.health.syntheticRuns, 1U);
  EXPECT_EQ(window.stable.health.syntheticFailures, 0U);
  EXPECT_THAT(probeText(round.notes), HasSubstr("1 of 1 failed through the canary, 0 of 1 through the stable revision"
                                                " (the newest through the canary failed: HTTP 500)"));
}

TEST(CanaryProbes, AreCountedOnce) {
  Round round;
  round.passes("tried");
  round.passes("stable");
  EXPECT_EQ(round.hear().canary.health.syntheticRuns, 1U);
  EXPECT_EQ(round.hear().canary.health.syntheticRuns, 0U) << "the Jobs are still there";
  EXPECT_EQ(round.notes.tried.runs, 1U);
}

TEST(CanaryProbes, AProcessThatWasKilledOrAPodThatIsGoneIsNoAnswer) {
  Round killed;
  killed.exits("tried", 137);
  killed.passes("stable");
  EXPECT_EQ(killed.hear().canary.health.syntheticRuns, 0U);
  EXPECT_THAT(killed.notes.problem, HasSubstr("the newest through the canary had no answer"));
  EXPECT_EQ(killed.notes.stable.runs, 1U);
  Round lost;
  lost.passes("tried");
  lost.loses("stable");
  EXPECT_EQ(lost.hear().stable.health.syntheticRuns, 0U);
}

TEST(CanaryProbes, WhatDoesNotEndInTimeIsNoAnswer) {
  Round round;
  round.runs("tried");
  round.passes("stable");
  round.hear(149'000);
  EXPECT_EQ(round.notes.open, "round");
  EXPECT_EQ(round.hear(150'000).canary.health.syntheticRuns, 0U);
  EXPECT_EQ(round.notes.open, "");
  EXPECT_THAT(round.notes.problem, HasSubstr("Job round-tried runs"));
}

TEST(CanaryProbes, ARoundBeginsWhenTheOneBeforeIsCountedAndGone) {
  Round round;
  EXPECT_FALSE(isProbeDue({}, kBegan + 60'000, round.notes)) << "one is in work";
  round.passes("tried");
  round.passes("stable");
  round.hear();
  EXPECT_FALSE(isProbeDue(round.seen, kBegan + 60'000, round.notes)) << "its Jobs are there";
  EXPECT_FALSE(isProbeDue({{}, {Json::object()}}, kBegan + 60'000, round.notes)) << "a pod of it is there";
  EXPECT_FALSE(isProbeDue({}, kBegan + 19'000, round.notes)) << "too soon";
  EXPECT_TRUE(isProbeDue({}, kBegan + 20'000, round.notes));
  EXPECT_TRUE(isProbeDue({}, 5, ProbeNotes{})) << "the first";
}

TEST(CanaryProbes, NamesOfJobsFitIntoALabelAndSayRunStepAttemptRoundAndSide) {
  Json run = kube::newObject(kinds::ConfigMap, {"ns", std::string(60, 'r')});
  run["metadata"]["uid"] = "u1";
  Step step;
  step.id = "a-service-with-a-long-name/canary/component/stage";
  const std::string name = probeJobName(probeRoundName(run, step, 1000, 99999), ProbeWay::Stable);
  EXPECT_LE(name.size(), 63U) << name;
  EXPECT_THAT(name, testing::EndsWith("-1000-99999-stable"));
  EXPECT_NE(probeRoundName(run, step, 1, 2), probeRoundName(run, step, 2, 1));
  run["metadata"]["uid"] = "u2";
  EXPECT_NE(probeJobName(probeRoundName(run, step, 1000, 99999), ProbeWay::Stable), name) << "another run of that name";
}

}  // namespace
}  // namespace windlass::ops
