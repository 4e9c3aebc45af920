// UpgradePlan, UpgradeRun and CanaryPolicy: the CRDs and the decoders know the same fields.
#include <gmock/gmock.h>

#include "crd_schema.h"
#include "operator/model/canary_policy.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {

void decodeUpgradeRunSpec(const Json& value, DecodeContext& context, UpgradeRunSpec& spec);
void decodeCanaryPolicySpec(const Json& value, DecodeContext& context, CanaryPolicy& spec);

namespace {

using namespace test;
using testing::HasSubstr;

template <class Spec>
void expectAgreement(const std::string& plural, void (*decode)(const Json&, DecodeContext&, Spec&)) {
  const Json schema = crdSchema(plural).at("/properties/spec"_json_pointer);
  std::set<std::string> published, decoded;
  collect(schema, "spec", published);
  DecodeContext context{.errors = {}, .trace = &decoded};
  Spec ignored;
  decode(exampleOf(schema), context, ignored);
  EXPECT_EQ(decoded, published);
  EXPECT_TRUE(context.status()) << context.status().error().message;
}

TEST(UpgradeKinds, TheCrdsAndTheDecodersKnowTheSameFields) {
  expectAgreement<UpgradeRunSpec>("upgraderuns", decodeUpgradeRunSpec);
  expectAgreement<CanaryPolicy>("canarypolicies", decodeCanaryPolicySpec);
}

TEST(UpgradeKinds, EveryFieldIsDescribedAndEveryListBounded) {
  for (const char* plural : {"upgradeplans", "upgraderuns", "canarypolicies"}) {
    expectDescriptions(crdSchema(plural));
    expectBounds(crdSchema(plural));
  }
}

TEST(UpgradeKinds, TheDefaultsOfTheCrdAreThoseOfTheStruct) {
  Json object = {{"spec", Json::object()}};
  const auto bare = decodeCanaryPolicy(object);
  ASSERT_TRUE(bare);
  const Json fields = crdSchema("canarypolicies").at("/properties/spec/properties"_json_pointer);
  for (const auto& [name, field] : fields.items()) {
    if (name != "steps") object["spec"][name] = exampleOf(field);
  }
  const auto filled = decodeCanaryPolicy(object);
  ASSERT_TRUE(filled) << filled.error().message;
  const auto numbers = [](const CanaryPolicy& policy) {
    std::vector<double> all = {policy.matchSeconds,
                               policy.baselineSeconds,
                               policy.warmUpSeconds,
                               policy.maxStepSeconds,
                               policy.alpha,
                               policy.passAlpha,
                               policy.judgeLogs ? 1.0 : 0.0,
                               static_cast<double>(policy.allowedRestarts),
                               static_cast<double>(policy.syntheticFailures),
                               policy.unavailableSeconds,
                               policy.startSeconds,
                               policy.rollbackOnFailure ? 1.0 : 0.0};
    for (const ComparisonMargins& margins : {policy.errors, policy.latency, policy.logs, policy.peer})
      all.insert(all.end(), {margins.failOdds, margins.failDifference, margins.passOdds, margins.passDifference});
    return all;
  };
  EXPECT_EQ(numbers(*bare), numbers(*filled));
}

TEST(UpgradeKinds, APolicyWithoutWordsHasTheStepsOfTheStruct) {
  const auto bare = decodeCanaryPolicy({{"spec", Json::object()}});
  ASSERT_TRUE(bare);
  const CanaryPolicy same;
  ASSERT_EQ(bare->steps.size(), same.steps.size());
  EXPECT_EQ(bare->steps[2].basisPoints, same.steps[2].basisPoints);
  EXPECT_EQ(bare->header, "");
}

TEST(UpgradeKinds, WholeNumbersOfTheObjectAreFractionsInTheAnalysis) {
  const auto policy = decodeCanaryPolicy(
      {{"spec",
        {{"falseAlarmsPerMillion", 5000},
         {"errors", {{"failOddsPercent", 175}, {"failBasisPoints", 30}}},
         {"steps", {{{"basisPoints", 250}, {"errorPassBasisPoints", 450}, {"minRequests", 7}, {"soakSeconds", 9}}}}}}});
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_DOUBLE_EQ(policy->alpha, 0.005);
  EXPECT_DOUBLE_EQ(policy->errors.failOdds, 1.75);
  EXPECT_DOUBLE_EQ(policy->errors.failDifference, 0.003);
  ASSERT_EQ(policy->steps.size(), 1U);
  EXPECT_EQ(policy->steps[0].basisPoints, 250);
  EXPECT_DOUBLE_EQ(policy->steps[0].errorPassDifference, 0.045);
  EXPECT_EQ(policy->steps[0].minRequests, 7U);
  EXPECT_DOUBLE_EQ(policy->steps[0].soakSeconds, 9);
}

TEST(UpgradeKinds, TheValueThatKeepsRequestsAwayIsNobodysChoice) {
  const auto never = decodeCanaryPolicy({{"spec", {{"match", {{"header", "never"}}}}}});
  ASSERT_FALSE(never);
  EXPECT_THAT(never.error().message, HasSubstr("spec.match.header: \"never\""));
  const auto two = decodeCanaryPolicy({{"spec", {{"match", {{"tenants", {"a; show env"}}}}}}});
  ASSERT_FALSE(two);
  EXPECT_THAT(two.error().message, HasSubstr("spec.match.tenants: must consist of"));
}

TEST(UpgradeKinds, AnApprovalNamesAHash) {
  const auto run = decodeUpgradeRun({{"spec", {{"plan", "p"}, {"approvedHash", "yes"}}}});
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("spec.approvedHash: must be sha256: and 64 hex digits"));
}

TEST(UpgradeKinds, SharesRiseAndMarginsLeaveNoGap) {
  const auto steps = decodeCanaryPolicy({{"spec", {{"steps", {{{"basisPoints", 500}}, {{"basisPoints", 100}}}}}}});
  ASSERT_FALSE(steps);
  EXPECT_THAT(steps.error().message, HasSubstr("spec.steps[1].basisPoints: must be more than in the step before"));
  const auto margins = decodeCanaryPolicy({{"spec", {{"errors", {{"failOddsPercent", 300}}}}}});
  ASSERT_FALSE(margins);
  EXPECT_THAT(margins.error().message, HasSubstr("spec.errors.passOddsPercent: must be above"));
}

}  // namespace
}  // namespace windlass::ops
