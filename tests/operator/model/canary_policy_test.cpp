// Numbers with which no canary could be judged are refused.
#include "operator/model/canary_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;

TEST(CanaryPolicyCheck, DefaultsAreAccepted) {
  EXPECT_TRUE(checkPolicy({}));
}

TEST(CanaryPolicyCheck, NumbersThatCannotWorkAreRefusedByName) {
  const auto refusal = [](auto change) {
    CanaryPolicy policy;
    change(policy);
    const auto checked = checkPolicy(policy);
    return checked ? std::string("accepted") : checked.error().message;
  };
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps.clear(); }), HasSubstr("steps:"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[1].basisPoints = 50; }), HasSubstr("steps[1].basisPoints"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[2].basisPoints = 10000; }), HasSubstr("steps[2].basisPoints"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.steps[0].errorPassDifference = 0.001; }),
              HasSubstr("steps[0].errorPassBasisPoints"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.latency.passOdds = 1.5; }), HasSubstr("latency.passOdds"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.errorShare = 0.9; }), HasSubstr("together more than 1"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.alpha = 0; }), HasSubstr("alpha"));
  EXPECT_THAT(refusal([](CanaryPolicy& p) { p.syntheticFailures = 0; }), HasSubstr("syntheticFailures"));
}

}  // namespace
}  // namespace windlass::ops
