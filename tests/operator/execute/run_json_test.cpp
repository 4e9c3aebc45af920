// The status of an UpgradeRun is the whole run.
#include "operator/execute/run_json.h"

#include <gmock/gmock.h>

#include "small_plan.h"

namespace windlass::ops::test {
namespace {

using testing::HasSubstr;

void expectSurvives(const Walk& walk) {
  const kube::Json status = statusOf(walk.plan, walk.run);
  const auto back = runFromStatus(walk.plan, "hash", status);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(statusOf(walk.plan, *back), status);
}

TEST(RunJson, ARunSurvivesTheWayThroughItsStatusInEveryState) {
  Walk walk;
  expectSurvives(walk);
  walk.reach(2);
  expectSurvives(walk);
  walk.outcome(OutcomeKind::Bad);
  expectSurvives(walk);
  walk.outcome(OutcomeKind::Failed);
  expectSurvives(walk);
  walk.send(EventKind::Resume, "hash").outcome(OutcomeKind::Succeeded);
  EXPECT_EQ(walk.run.mode, RunMode::Aborted);
  expectSurvives(walk);
  Walk whole;
  whole.reach(5);
  EXPECT_EQ(whole.run.mode, RunMode::Done);
  expectSurvives(whole);
}

TEST(RunJson, AnEmptyStatusIsARunThatWasNotApproved) {
  const auto run = runFromStatus(smallPlan(), "hash", kube::Json::object());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->mode, RunMode::Planned);
}

std::string complaint(const std::string& pointer, const kube::Json& value) {
  Walk walk;
  walk.reach(2);
  kube::Json status = statusOf(walk.plan, walk.run);
  status[kube::Json::json_pointer(pointer)] = value;
  const auto back = runFromStatus(walk.plan, "hash", status);
  return back ? "accepted" : back.error().message;
}

TEST(RunJson, AStatusThatIsNotUnderstoodIsNotActedUpon) {
  EXPECT_THAT(complaint("/planHash", "other"), HasSubstr("status.planHash: is of another plan"));
  EXPECT_THAT(complaint("/cursor", "b/roll"), HasSubstr("status.cursor: the plan has no step \"b/roll\""));
  EXPECT_THAT(complaint("/steps/0/id", "b/roll"), HasSubstr("status.steps[0].id: the plan has no step"));
  EXPECT_THAT(complaint("/steps/0/status", "Begun"), HasSubstr("status.steps[0].status: \"Begun\" is not known"));
  EXPECT_THAT(complaint("/steps/0/atempt", 1), HasSubstr("did you mean attempt?"));
}

}  // namespace
}  // namespace windlass::ops::test
