// One decision a test; what whole runs do is the simulator's matter.
#include <gmock/gmock.h>

#include "operator/execute/describe.h"
#include "small_plan.h"

namespace windlass::ops::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(StepMachine, NothingBeginsBeforeTheApprovalOfThisVeryPlan) {
  Walk walk;
  EXPECT_THAT(walk.send(EventKind::Wake).effects, IsEmpty());
  EXPECT_EQ(walk.send(EventKind::Approve, "another").effect(), EffectKind::Refuse);
  EXPECT_EQ(walk.run.mode, RunMode::Planned);
  walk.send(EventKind::Approve, "hash").send(EventKind::Wake);
  EXPECT_EQ(walk.effect(), EffectKind::Begin);
}

TEST(StepMachine, TheIntentIsInTheRunThatComesWithTheEffect) {
  Walk walk;
  walk.reach(1);
  EXPECT_EQ(walk.run.steps[1].status, StepStatus::Intended);
  EXPECT_EQ(walk.run.steps[1].attempt, walk.effects.at(0).attempt);
}

TEST(StepMachine, AStepWithoutAKnownEndIsExamined) {
  Walk walk;
  EXPECT_EQ(walk.reach(1).send(EventKind::Wake).effect(), EffectKind::Examine);
}

TEST(StepMachine, AnAttemptThatLeftNoTraceIsBegunUnderItsOwnName) {
  Walk walk;
  walk.reach(1).outcome(OutcomeKind::NotBegun);
  EXPECT_EQ(walk.effect(), EffectKind::Begin);
  EXPECT_EQ(walk.effects.at(0).attempt, 1);
}

TEST(StepMachine, AnOutcomeOfAnEarlierAttemptIsNotLookedAt) {
  Walk walk;
  walk.reach(1).outcome(OutcomeKind::Nothing);
  ASSERT_EQ(walk.run.steps[1].attempt, 2);
  walk.send(Event{.kind = EventKind::Outcome, .outcome = OutcomeKind::Succeeded, .step = 1, .attempt = 1});
  EXPECT_EQ(walk.run.steps[1].status, StepStatus::Intended);
}

TEST(StepMachine, AttemptsRunOutAndResumeGivesNewOnesWithNewNames) {
  Walk walk;
  walk.reach(1).outcome(OutcomeKind::Nothing).outcome(OutcomeKind::Nothing);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  walk.send(EventKind::Resume, "hash");
  EXPECT_EQ(walk.run.steps[1].attempt, 3);
}

TEST(StepMachine, AnExitCodeThatNoRuleNamesStops) {
  Walk walk;
  walk.reach(0).outcome(OutcomeKind::Succeeded, 2);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(walk.run.why, HasSubstr("a/check: its command ended with 2"));
}

TEST(StepMachine, ACommandThatFailsSaysWhyInItsOwnWords) {
  Walk walk;
  walk.reach(0).send(Event{.kind = EventKind::Outcome,
                           .outcome = OutcomeKind::Succeeded,
                           .step = 0,
                           .attempt = 1,
                           .exitCode = 2,
                           .text = "the disk is full"});
  EXPECT_THAT(walk.run.why, HasSubstr("a/check: its command ended with 2: the disk is full"));
}

TEST(StepMachine, AWarningGoesOnAndIsRecorded) {
  Walk walk;
  walk.plan.steps[0].exit.warn = {1};
  walk.reach(0).outcome(OutcomeKind::Succeeded, 1);
  EXPECT_EQ(walk.run.steps[0].status, StepStatus::Done);
  EXPECT_EQ(walk.run.steps[0].exitCode, 1);
}

TEST(StepMachine, ACommandThatHangsIsEndedOnceAfterItsDeadline) {
  Walk walk;
  walk.reach(1);
  walk.now += deadlineOf(walk.plan.steps[1]);
  EXPECT_EQ(walk.outcome(OutcomeKind::Running).effect(), EffectKind::Wait);
  walk.now += 1;
  EXPECT_EQ(walk.outcome(OutcomeKind::Running).effect(), EffectKind::Cancel);
}

TEST(StepMachine, HalfASchemaChangeNamesTheTwoWaysOut) {
  Walk walk;
  walk.reach(1).outcome(OutcomeKind::HalfApplied);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(walk.run.why, HasSubstr("repair what stopped it and resume"));
  EXPECT_THAT(walk.run.why, HasSubstr("restore the backup"));
}

TEST(StepMachine, ABadVerdictTakesTheWeightFirstAndThenRollsBack) {
  Walk walk;
  walk.reach(2).outcome(OutcomeKind::Bad);
  ASSERT_EQ(walk.effects.size(), 2U);
  EXPECT_EQ(walk.effects[0].kind, EffectKind::ZeroWeight);
  EXPECT_EQ(walk.effects[1].kind, EffectKind::TakeBack);
  EXPECT_EQ(walk.outcome(OutcomeKind::Succeeded).run.mode, RunMode::Aborted);
}

TEST(StepMachine, ABadVerdictThatIsHeldTakesTheWeightAndLeavesTheRestToAPerson) {
  Walk walk;
  walk.reach(2).send(Event{
      .kind = EventKind::Outcome, .outcome = OutcomeKind::Bad, .step = 2, .attempt = 1, .hold = true, .text = "5xx"});
  ASSERT_EQ(walk.effects.size(), 1U);
  EXPECT_EQ(walk.effect(), EffectKind::ZeroWeight);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(actions(walk.plan, walk.run), Contains("rollback"));
  EXPECT_EQ(walk.send(EventKind::Resume, "hash").effect(), EffectKind::Begin);
  EXPECT_EQ(walk.run.steps[2].attempt, 2);
}

TEST(StepMachine, ACanaryWithoutAVerdictWaitsForAPerson) {
  Walk walk;
  walk.reach(2);
  walk.now += 1000000;
  EXPECT_EQ(walk.outcome(OutcomeKind::Running).effect(), EffectKind::Wait);
}

TEST(StepMachine, APauseWaitsForTheEndOfTheStep) {
  Walk walk;
  walk.reach(1).send(EventKind::Pause);
  EXPECT_EQ(walk.run.mode, RunMode::Running);
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Paused);
  EXPECT_EQ(walk.send(EventKind::Resume, "hash").effect(), EffectKind::Begin);
}

TEST(StepMachine, APauseThatIsTakenBackInTimeLeavesNothing) {
  Walk walk;
  walk.reach(1).send(EventKind::Pause).send(EventKind::Resume, "hash").outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Running);
}

TEST(StepMachine, ACanaryIsLeftAtOnceASchemaChangeIsNot) {
  Walk canary;
  EXPECT_EQ(canary.reach(2).send(EventKind::Rollback).effect(), EffectKind::TakeBack);
  Walk schema;
  EXPECT_EQ(schema.reach(1).send(EventKind::Rollback).effect(), EffectKind::Examine);
  EXPECT_EQ(schema.run.mode, RunMode::Running);
  EXPECT_EQ(schema.outcome(OutcomeKind::Succeeded).run.mode, RunMode::Aborted);
}

TEST(StepMachine, ARollTurnsRoundInItsMiddle) {
  Walk walk;
  EXPECT_EQ(walk.reach(3).send(EventKind::Rollback).effect(), EffectKind::TakeBack);
  EXPECT_EQ(walk.run.mode, RunMode::RollingBack);
}

TEST(StepMachine, ARollbackGoesBackwardsThroughWhatChanged) {
  Walk walk;
  walk.reach(3).send(EventKind::Rollback);
  EXPECT_EQ(walk.effects.at(0).step, 3U);
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.effects.at(0).step, 2U);
  walk.outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Aborted);
  EXPECT_THAT(sentenceOf(walk.plan, walk.run), HasSubstr("demo runs 1 as before"));
}

TEST(StepMachine, AfterThePointOfNoReturnARollbackIsRefusedWithTheWayForward) {
  Walk walk;
  walk.reach(4).send(EventKind::Rollback);
  EXPECT_EQ(walk.effect(), EffectKind::Refuse);
  EXPECT_THAT(walk.effects.at(0).text, HasSubstr("the way is forward: resume"));
  EXPECT_THAT(actions(walk.plan, walk.run), Not(Contains("rollback")));
}

TEST(StepMachine, AStepWithoutReturnThatProvedToHaveDoneNothingCanBeRolledBack) {
  Walk walk;
  walk.reach(4).outcome(OutcomeKind::Nothing).outcome(OutcomeKind::Nothing);
  ASSERT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_THAT(actions(walk.plan, walk.run), Contains("rollback"));
  EXPECT_EQ(walk.send(EventKind::Rollback).effect(), EffectKind::TakeBack);
}

TEST(StepMachine, AChangedCloudStopsAtTheNextStepUntilItIsThePlannedOneAgain) {
  Walk walk;
  walk.reach(1).send(EventKind::CloudChanged, "another").outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Failed);
  EXPECT_EQ(walk.send(EventKind::Resume, "another").effect(), EffectKind::Refuse);
  EXPECT_EQ(walk.send(EventKind::Resume, "hash").effect(), EffectKind::Begin);
}

TEST(Describe, APausedRunSaysWhatTheCloudIsAndWhatMayBeDone) {
  Walk walk;
  walk.reach(2).send(EventKind::Pause).outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(sentenceOf(walk.plan, walk.run),
            "demo is between 1 and 2 (0 of 1 components run 2); the run is paused before a/roll, which resume begins.");
  EXPECT_THAT(actions(walk.plan, walk.run), ElementsAre("resume", "rollback", "abort", "approve-contract"));
}

TEST(Describe, AnAbortBeforeAnythingBeganIsTheEnd) {
  Walk walk;
  EXPECT_EQ(walk.send(EventKind::Abort).run.mode, RunMode::Aborted);
}

TEST(Describe, ThePhaseIsThatOfTheStepInWork) {
  Walk walk;
  EXPECT_EQ(phaseOf(walk.plan, walk.run), "Planned");
  EXPECT_EQ(phaseOf(walk.plan, walk.reach(2).run), "Canary");
}

}  // namespace
}  // namespace windlass::ops::test
