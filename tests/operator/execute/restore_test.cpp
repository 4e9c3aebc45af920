// Back beyond the point of no return, by the backups of the run.
#include <gmock/gmock.h>

#include "operator/execute/components.h"
#include "operator/execute/describe.h"
#include "operator/execute/run_json.h"
#include "small_plan.h"

namespace windlass::ops::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Step ofA(Step step) {
  step.service = "a";
  return step;
}

UpgradePlan restorablePlan() {
  UpgradePlan plan = smallPlan();
  plan.services = {"a"};
  for (Step& step : plan.steps) step = ofA(step);
  return plan;
}

struct Restoring : Walk {
  Restoring() { plan = restorablePlan(); }
  Restoring& done() {
    reach(4).outcome(OutcomeKind::Succeeded);
    return *this;
  }
};

TEST(Restore, PutsTheBackupInFirstAndThenTheOldReleaseBack) {
  Restoring walk;
  walk.reach(4).outcome(OutcomeKind::HalfApplied);
  ASSERT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(actions(walk.plan, walk.run), Contains("restore"));
  walk.send(EventKind::Restore);
  EXPECT_EQ(walk.effect(), EffectKind::TakeBack);
  EXPECT_EQ(walk.effects.at(0).step, 4U);
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.effects.at(0).step, 3U) << "the roll";
  walk.outcome(OutcomeKind::Succeeded).outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Aborted);
  EXPECT_THAT(sentenceOf(walk.plan, walk.run), HasSubstr("What was written to a since their backups is lost"));
}

TEST(Restore, IsPossibleAfterTheRunIsOver) {
  Restoring walk;
  walk.done();
  ASSERT_EQ(walk.run.mode, RunMode::Done);
  EXPECT_THAT(actions(walk.plan, walk.run), ElementsAre("restore"));
  walk.send(EventKind::Restore);
  EXPECT_EQ(walk.run.mode, RunMode::RollingBack);
  EXPECT_EQ(walk.effects.at(0).step, 4U);
}

TEST(Restore, IsRefusedWhileNothingIsLostByRollingBack) {
  Restoring walk;
  walk.reach(3).send(EventKind::Restore);
  EXPECT_EQ(walk.effect(), EffectKind::Refuse);
  EXPECT_THAT(walk.effects.at(0).text, HasSubstr("roll back, which loses nothing"));
  EXPECT_THAT(actions(walk.plan, walk.run), Not(Contains("restore")));
  EXPECT_FALSE(walk.run.restoring);
}

TEST(Restore, WaitsForTheEndOfAStepThatMustNotBeLeft) {
  Restoring walk;
  walk.reach(4).send(EventKind::Restore);
  EXPECT_EQ(walk.effect(), EffectKind::Examine);
  EXPECT_EQ(walk.run.mode, RunMode::Running);
  walk.outcome(OutcomeKind::Succeeded, 9);
  EXPECT_EQ(walk.run.mode, RunMode::RollingBack) << "however it ended";
}

TEST(Restore, ThatFailsGoesOnBackwardsWithAResume) {
  Restoring walk;
  walk.done().send(EventKind::Restore);
  walk.outcome(OutcomeKind::Failed);
  ASSERT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(sentenceOf(walk.plan, walk.run), HasSubstr("resume, which goes on with putting the backups in"));
  EXPECT_THAT(actions(walk.plan, walk.run), ElementsAre("resume", "approve-contract"));
  EXPECT_EQ(walk.send(EventKind::Resume, "hash").effect(), EffectKind::TakeBack);
  EXPECT_EQ(walk.run.steps[4].attempt, 3) << "a Job of its own";
}

TEST(Restore, TakesAsLongAsTheDatabasesAreLarge) {
  Restoring walk;
  walk.done().send(EventKind::Restore);
  walk.now += 100 * deadlineOf(walk.plan.steps[4]);
  EXPECT_EQ(walk.outcome(OutcomeKind::Running).effect(), EffectKind::Wait);
}

TEST(Restore, OnceItIsInTheBackupIsNotNeededAnyMore) {
  Restoring walk;
  walk.done().send(EventKind::Restore);
  EXPECT_TRUE(passedPointOfNoReturn(walk.plan, walk.run));
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_FALSE(passedPointOfNoReturn(walk.plan, walk.run));
}

TEST(Restore, IsRecorded) {
  Restoring walk;
  walk.done().send(EventKind::Restore);
  const auto again = runFromStatus(walk.plan, "hash", statusOf(walk.plan, walk.run));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->restoring);
}

TEST(Restore, NothingOfTheServiceRunsUntilItsOldCodeMayBegin) {
  Restoring walk;
  const auto api = [&] { return componentsOf(walk.plan, walk.run).at("a/api"); };
  walk.done().send(EventKind::Restore);
  EXPECT_EQ(api(), (ComponentRelease{"2", true})) << "while it is put in";
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(api(), (ComponentRelease{"1", false})) << "while the roll is taken back";
}

TEST(Restore, StopsAlsoWhatWasNotRaisedYet) {
  Restoring walk;
  std::swap(walk.plan.steps[3], walk.plan.steps[4]);  // a schema step without return before the roll
  walk.plan.pointOfNoReturn = 3;
  walk.reach(3).outcome(OutcomeKind::HalfApplied).send(EventKind::Restore);
  EXPECT_EQ(componentsOf(walk.plan, walk.run).at("a/api"), (ComponentRelease{"1", true}));
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(componentsOf(walk.plan, walk.run).at("a/api"), (ComponentRelease{"1", false}));
}

}  // namespace
}  // namespace windlass::ops::test
