// Server-side apply: ownership, conflicts, and no write when nothing changes.
#include "api_fixture.h"

namespace windlass::kube {
namespace {

class ApplyApiTest : public ApiTest {
 protected:
  Result<Json> applyAs(const std::string& manager, const Json& data, bool force = false) {
    return client().apply(kinds::ConfigMap, configMap("a", data), {manager, force, false});
  }
};

TEST_F(ApplyApiTest, P27_TheFirstApplyCreates) {
  ASSERT_OK(applyAs("windlass-operator", {{"k", "v"}}));
  const auto read = client().get(kinds::ConfigMap, key("a"));
  ASSERT_OK(read);
  EXPECT_EQ(stringAt(*read, "/metadata/managedFields/0/manager"), "windlass-operator");
  EXPECT_EQ(stringAt(*read, "/metadata/managedFields/0/operation"), "Apply");
}

TEST_F(ApplyApiTest, P27_AnEqualApplyChangesNothing) {
  const auto first = applyAs("m", {{"k", "v"}});
  ASSERT_OK(first);
  const auto second = applyAs("m", {{"k", "v"}});
  ASSERT_OK(second);
  EXPECT_EQ(resourceVersionOf(*first), resourceVersionOf(*second));
}

TEST_F(ApplyApiTest, P27_AFieldOfAnotherManagerIsAConflictThatForceTakesOver) {
  ASSERT_OK(applyAs("one", {{"k", "1"}}));
  const auto refused = applyAs("two", {{"k", "2"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find("one"), std::string::npos) << refused.error().message;
  const auto forced = applyAs("two", {{"k", "2"}}, true);
  ASSERT_OK(forced);
  EXPECT_EQ(stringAt(*forced, "/data/k"), "2");
}

TEST_F(ApplyApiTest, P27_TheManagerThatLostAFieldIsToldOfTheConflictAndOwnsNothingOfItAnyMore) {
  ASSERT_OK(applyAs("one", {{"k", "1"}}));
  ASSERT_OK(applyAs("two", {{"k", "2"}}, true));
  const auto refused = applyAs("one", {{"k", "1"}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find(".data.k"), std::string::npos) << refused.error().message;
  const auto without = applyAs("one", Json::object());
  ASSERT_OK(without);
  EXPECT_EQ(stringAt(*without, "/data/k"), "2");
}

TEST_F(ApplyApiTest, P27_AFieldThatIsNoLongerAppliedIsRemovedAndOthersStay) {
  ASSERT_OK(applyAs("one", {{"mine", "1"}, {"old", "1"}}));
  ASSERT_OK(applyAs("two", {{"theirs", "2"}}));
  const auto third = applyAs("one", {{"mine", "1"}});
  ASSERT_OK(third);
  EXPECT_EQ((*third)["data"], (Json{{"mine", "1"}, {"theirs", "2"}}));
}

TEST_F(ApplyApiTest, P27_ADryRunIsJudgedButNotStored) {
  ASSERT_OK(client().apply(kinds::ConfigMap, configMap("dry"), {"m", false, true}));
  const auto read = client().get(kinds::ConfigMap, key("dry"));
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::NotFound);
}

TEST_F(ApplyApiTest, P27_WhatWasReadCanBeAppliedAgain) {
  const auto first = applyAs("m", {{"k", "v"}});
  ASSERT_OK(first);
  // managedFields are in the body; the client leaves them out.
  const auto second = client().apply(kinds::ConfigMap, *first, {"m", true, false});
  ASSERT_OK(second);
  EXPECT_EQ(stringAt(*second, "/data/k"), "v");
}

TEST_F(ApplyApiTest, P27_TheStatusIsAppliedThroughItsSubresource) {
  Json budget = newObject(kinds::PodDisruptionBudget, key("p"));
  budget["spec"] = {{"minAvailable", 1}};
  ASSERT_OK(client().apply(kinds::PodDisruptionBudget, budget, {"m", true, false}));
  Json status = newObject(kinds::PodDisruptionBudget, key("p"));
  status["status"] = {{"expectedPods", 3}, {"currentHealthy", 0}, {"desiredHealthy", 1}, {"disruptionsAllowed", 0}};
  const auto applied = client().apply(kinds::PodDisruptionBudget, status, {"m", true, false}, "status");
  ASSERT_OK(applied);
  EXPECT_EQ(intAt(*applied, "/status/expectedPods"), 3);
  EXPECT_EQ(intAt(*applied, "/spec/minAvailable"), 1);
}

}  // namespace
}  // namespace windlass::kube
