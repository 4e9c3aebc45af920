// What the API server itself accepts and refuses of plans, runs and canary policies.
#include <gmock/gmock.h>

#include "cloud_fixture.h"
#include "operator/execute/run_json.h"
#include "operator/execute/step_machine.h"
#include "operator/model/canary_policy.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/reconcile/canary_notes.h"
#include "plan_fixture.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;

class UpgradeCrds : public kube::ApiTest {
 protected:
  static void SetUpTestSuite() {
    for (const char* plural : {"upgradeplans", "upgraderuns", "canarypolicies"}) installCrd(plural);
  }

  Json object(const kube::ResourceKind& kind, const std::string& name, const Json& spec) const {
    Json out = kube::newObject(kind, key(name));
    out["spec"] = spec;
    return out;
  }
  Json makePlan(const std::string& name) {
    const auto made =
        client().create(kUpgradePlanKind, object(kUpgradePlanKind, name, specOf(test::planned("2025.2", "2026.1"))));
    EXPECT_TRUE(made) << made.error().toString();
    return made.value_or(Json::object());
  }
  std::string hash() const { return "sha256:" + std::string(64, 'a'); }
  std::string refusalOfUpdate(const kube::ResourceKind& kind, const Json& changed) {
    const auto updated = client().update(kind, changed);
    return updated ? "" : updated.error().message;
  }
};

TEST_F(UpgradeCrds, APlanComesBackWithTheSameBytesAndHash) {
  const Json made = makePlan("whole");
  EXPECT_EQ(made.at("spec"), specOf(test::planned("2025.2", "2026.1")));
  const auto back = planFromJson(made.at("spec"));
  EXPECT_TRUE(back) << back.error().toString();
}

TEST_F(UpgradeCrds, APlanOfTenThousandHostsFits) {
  const UpgradePlan large = test::planned("2025.1", "2026.1", 10000);
  const auto made = client().create(kUpgradePlanKind, object(kUpgradePlanKind, "large", specOf(large)));
  ASSERT_OK(made);
  EXPECT_TRUE(planFromJson(made->at("spec")));
}

TEST_F(UpgradeCrds, APlanIsNeverChanged) {
  Json changed = makePlan("fixed");
  changed["spec"]["steps"][0]["summary"] = "something else";
  EXPECT_THAT(refusalOfUpdate(kUpgradePlanKind, changed), HasSubstr("a plan is never changed; make another one"));
}

TEST_F(UpgradeCrds, AnApprovalNamesAHashAndStays) {
  const auto bad =
      client().create(kUpgradeRunKind, object(kUpgradeRunKind, "bad", {{"plan", "p"}, {"approvedHash", "yes"}}));
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("spec.approvedHash"));
  auto made =
      client().create(kUpgradeRunKind, object(kUpgradeRunKind, "good", {{"plan", "p"}, {"approvedHash", hash()}}));
  ASSERT_OK(made);
  EXPECT_EQ((*made)["spec"]["state"], "Running");
  EXPECT_TRUE(decodeUpgradeRun(*made));
  Json changed = *made;
  changed["spec"]["approvedHash"] = "sha256:" + std::string(64, 'b');
  EXPECT_THAT(refusalOfUpdate(kUpgradeRunKind, changed), HasSubstr("an approval is not changed"));
}

TEST_F(UpgradeCrds, TheApprovalOfTheContractCannotBeTakenBack) {
  auto made = client().create(
      kUpgradeRunKind,
      object(kUpgradeRunKind, "contract", {{"plan", "p"}, {"approvedHash", hash()}, {"contractApproved", true}}));
  ASSERT_OK(made);
  Json changed = *made;
  changed["spec"]["contractApproved"] = false;
  EXPECT_THAT(refusalOfUpdate(kUpgradeRunKind, changed), HasSubstr("cannot be taken back"));
}

TEST_F(UpgradeCrds, AWholeRunIsKeptInTheStatus) {
  const UpgradePlan plan = test::planned("2025.1", "2025.2");
  const std::string planHash = hashOf(plan);
  windlass::ops::Run run = next(plan, newRun(plan, planHash), {.kind = EventKind::Approve, .text = planHash}).run;
  for (run = next(plan, std::move(run), {}).run; run.cursor < 60;) {
    const Event ended{.kind = EventKind::Outcome,
                      .now = 1000,
                      .outcome = OutcomeKind::Succeeded,
                      .step = run.cursor,
                      .attempt = run.steps[run.cursor].attempt};
    run = next(plan, std::move(run), ended).run;
  }
  auto made =
      client().create(kUpgradeRunKind, object(kUpgradeRunKind, "status", {{"plan", "p"}, {"approvedHash", planHash}}));
  ASSERT_OK(made);
  (*made)["status"] = statusOf(plan, run);
  const auto kept = client().update(kUpgradeRunKind, *made, "status");
  ASSERT_OK(kept);
  EXPECT_EQ(kept->at("status"), statusOf(plan, run));
  const auto back = runFromStatus(plan, planHash, kept->at("status"));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->cursor, 60U);
}

TEST_F(UpgradeCrds, ACanaryIsKeptInTheStatusToTheLastBit) {
  CanaryNotes notes;
  notes.component = "a/api";
  notes.stage = "a/canary/api/one";
  notes.attempt = 1;
  notes.split = {100, {"tester"}, {"p"}};
  notes.shared = true;
  notes.unreached = {{"gateway-a", "it did not answer"}};
  notes.policy = Json::object();
  notes.state.phase = CanaryPhase::Step;
  notes.state.evidence.errors.worse[0] = 0.1 + 0.2;
  Verdict verdict;
  verdict.findings.push_back({"errors", Decision::Wait, {3, 100}, {1, 100}, {}, 0.5, 3.2, 40});
  notes.verdict = verdictJson(verdict);
  auto made =
      client().create(kUpgradeRunKind, object(kUpgradeRunKind, "canary", {{"plan", "p"}, {"approvedHash", hash()}}));
  ASSERT_OK(made);
  (*made)["status"] = {{"canary", toJson(notes)}};
  const auto kept = client().update(kUpgradeRunKind, *made, "status");
  ASSERT_OK(kept);
  EXPECT_EQ(kept->at("status").at("canary"), toJson(notes));
  ASSERT_TRUE(canaryNotesFrom(kept->at("status").at("canary")));
}

TEST_F(UpgradeCrds, APolicyWithoutWordsIsTheDefaults) {
  const auto made = client().create(kCanaryPolicyKind, object(kCanaryPolicyKind, "plain", Json::object()));
  ASSERT_OK(made);
  const auto policy = decodeCanaryPolicy(*made);
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->alpha, CanaryPolicy{}.alpha);
  EXPECT_EQ(policy->syntheticFailures, CanaryPolicy{}.syntheticFailures);
}

}  // namespace
}  // namespace windlass::ops
