// Which release each component is to run, from the recorded run alone.
#include "operator/execute/components.h"

#include <gmock/gmock.h>

#include "operator/execute/run_json.h"
#include "small_plan.h"

namespace windlass::ops::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Step moving(std::string id, StepKind kind) {
  Step out = step(std::move(id), kind, Undo::Reverse, "api");
  out.service = "a";
  return out;
}

Walk walkOf(std::vector<Step> steps) {
  Walk walk;
  walk.plan.steps = std::move(steps);
  walk.plan.pointOfNoReturn = walk.plan.steps.size();
  walk.run = newRun(walk.plan, "hash");
  return walk;
}

// check, roll, check
Walk rolling() {
  return walkOf({step("a/check", StepKind::Check, Undo::Nothing), moving("a/roll", StepKind::Roll),
                 step("a/verify", StepKind::Check, Undo::Nothing)});
}

const ComponentRelease kOld{"1", false}, kNew{"2", false}, kOldStopped{"1", true};

TEST(ComponentsOf, NothingIsNamedBeforeItsTurn) {
  EXPECT_THAT(componentsOf(rolling().plan, rolling().reach(0).run), IsEmpty());
}

TEST(ComponentsOf, ARollCountsFromTheRecordOfItsIntent) {
  Walk walk = rolling();
  walk.reach(1);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
}

TEST(ComponentsOf, AFailedRollStaysWhereItIsUntilSomebodySaysWhatToDo) {
  Walk walk = rolling();
  walk.reach(1).outcome(OutcomeKind::Failed);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
  walk.send(EventKind::Resume, "hash");
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
}

TEST(ComponentsOf, TakingBackCountsFromTheRecordOfItsIntentToo) {
  Walk walk = rolling();
  walk.reach(2).send(EventKind::Rollback);
  EXPECT_EQ(walk.run.steps[1].status, StepStatus::Undoing);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOld)));
  walk.outcome(OutcomeKind::Failed);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOld))) << "it does not swing back";
  walk.send(EventKind::Resume, "hash").outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Aborted);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOld)));
}

TEST(ComponentsOf, StopAndStartGoThereAndBackOneByOne) {
  Walk walk = walkOf({moving("a/stop", StepKind::Stop), moving("a/start", StepKind::Start),
                      step("a/verify", StepKind::Check, Undo::Nothing)});
  walk.reach(0);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOldStopped)));
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
  walk.outcome(OutcomeKind::Succeeded).send(EventKind::Rollback);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOldStopped)))
      << "all new ones end before an old one starts";
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kOld)));
}

TEST(ComponentsOf, TheStatusSaysTheSame) {
  Walk walk = rolling();
  walk.reach(1);
  const auto back = runFromStatus(walk.plan, "hash", statusOf(walk.plan, walk.run));
  ASSERT_TRUE(back);
  EXPECT_EQ(componentsOf(walk.plan, *back), componentsOf(walk.plan, walk.run));
}

// expand, two stages of a canary, roll, verify
Walk trying() {
  return walkOf({step("a/expand", StepKind::Schema, Undo::Keep), moving("a/canary/api/one", StepKind::Canary),
                 moving("a/canary/api/half", StepKind::Canary), moving("a/roll", StepKind::Roll),
                 step("a/verify", StepKind::Check, Undo::Nothing)});
}

std::string inWork(const Walk& walk) {
  const Step* step = canaryInWork(walk.plan, walk.run);
  return step == nullptr ? "" : step->id;
}

TEST(CanariesOf, ARevisionIsTriedFromTheFirstIntentUntilTheRoll) {
  Walk walk = trying();
  EXPECT_THAT(canariesOf(walk.plan, walk.reach(0).run), IsEmpty());
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
  EXPECT_EQ(inWork(walk), "a/canary/api/one");
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(inWork(walk), "a/canary/api/half");
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), IsEmpty()) << "the roll makes it the one in use";
  EXPECT_EQ(inWork(walk), "");
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
}

TEST(CanariesOf, WhatStopsTheRunTakesTheShareAwayAndLeavesThePods) {
  Walk walk = trying();
  walk.reach(1).outcome(OutcomeKind::Failed);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_EQ(inWork(walk), "");
  EXPECT_THAT(canariesOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
}

TEST(CanariesOf, OnTheWayBackThePodsStayUntilTheRequestsAreTaken) {
  Walk walk = trying();
  walk.reach(2).send(EventKind::Rollback);
  EXPECT_EQ(inWork(walk), "");
  EXPECT_THAT(canariesOf(walk.plan, walk.run), ElementsAre(Pair("a/api", kNew)));
  walk.now += 1000000;
  EXPECT_EQ(walk.outcome(OutcomeKind::Running).effect(), EffectKind::Wait) << "as long as it takes";
  walk.outcome(OutcomeKind::Succeeded).outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Aborted);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), IsEmpty());
}

TEST(CanariesOf, ARollThatIsTakenBackBringsNoCanaryBack) {
  Walk walk = trying();
  walk.reach(4).send(EventKind::Rollback);
  EXPECT_EQ(walk.run.steps[3].status, StepStatus::Undoing);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), IsEmpty());
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), IsEmpty());
}

TEST(ComponentsOf, APlanWithSettingsMovesThemWithTheReleaseAndTakesThemBack) {
  Walk walk = rolling();
  walk.plan.settingsFrom = "old";
  walk.plan.settingsTo = "new";
  walk.reach(1);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", ComponentRelease{"2", false, "new"})));
  walk.send(EventKind::Rollback);
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_THAT(componentsOf(walk.plan, walk.run), ElementsAre(Pair("a/api", ComponentRelease{"1", false, "old"})));
}

TEST(CanariesOf, OneOfNewSettingsHasThem) {
  Walk walk = walkOf({moving("a/canary", StepKind::Canary), moving("a/roll", StepKind::Roll)});
  walk.plan.settingsTo = "new";
  walk.reach(0);
  EXPECT_THAT(canariesOf(walk.plan, walk.run), ElementsAre(Pair("a/api", ComponentRelease{"2", false, "new"})));
}

}  // namespace
}  // namespace windlass::ops::test
