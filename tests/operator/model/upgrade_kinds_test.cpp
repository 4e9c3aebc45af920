// UpgradePlan, UpgradeRun and CanaryPolicy: the CRDs and the decoders know the same fields.
#include <gmock/gmock.h>

#include "crd_schema.h"
#include "operator/model/canary_policy.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {

void decodeUpgradeRunSpec(const Json& value, DecodeContext& context, UpgradeRunSpec& spec);
void decodeCanaryPolicySpec(const Json& value, DecodeContext& context, CanaryPolicySpec& spec);

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
  expectAgreement<CanaryPolicySpec>("canarypolicies", decodeCanaryPolicySpec);
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
    if (name != "match" && name != "steps") object["spec"][name] = exampleOf(field);
  }
  const auto filled = decodeCanaryPolicy(object);
  ASSERT_TRUE(filled) << filled.error().message;
  const auto numbers = [](const CanaryPolicySpec& spec) {
    std::vector<int> all = {
        spec.baselineSeconds,    spec.warmUpSeconds,     spec.maxStepSeconds,           spec.falseAlarmsPerMillion,
        spec.missesPerMillion,   spec.judgeLogs ? 1 : 0, spec.allowedRestarts,          spec.syntheticFailures,
        spec.unavailableSeconds, spec.startSeconds,      spec.rollbackOnFailure ? 1 : 0};
    for (const CanaryMargins& margins : {spec.errors, spec.latency, spec.logs, spec.peer}) {
      all.insert(all.end(),
                 {margins.failOddsPercent, margins.failBasisPoints, margins.passOddsPercent, margins.passBasisPoints});
    }
    return all;
  };
  EXPECT_EQ(numbers(*bare), numbers(*filled));
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
  EXPECT_THAT(margins.error().message, HasSubstr("spec.errors.passOddsPercent: must not be below"));
}

}  // namespace
}  // namespace windlass::ops
