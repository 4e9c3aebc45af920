#include "operator/dashboard/dashboard.h"

#include <gmock/gmock.h>

#include "operator/model/openstack_cloud.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "reviewing_api.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::HasSubstr;
using testing::Not;

class DashboardTest : public testing::Test {
 protected:
  void SetUp() override {
    api.users = {{"s3cret", "jane"}};
    api.allow("jane", "ns");
    UpgradePlan plan;
    plan.cloud = "demo";
    plan.ns = "ns";
    plan.from = "1";
    plan.to = "2";
    plan.route = "consecutive";
    Json object = objectOf(plan);
    object["metadata"]["name"] = "p";
    ASSERT_TRUE(api.create(kUpgradePlanKind, object));
    Json run = kube::newObject(kUpgradeRunKind, {"ns", "up"});
    run["spec"] = {{"plan", "p"}};
    ASSERT_TRUE(api.create(kUpgradeRunKind, run));
  }
  kube::HttpAnswer ask(const std::string& path, std::map<std::string, std::string> parameters,
                       const std::string& authorization = "Bearer s3cret") {
    return dashboard.answer({path, false, authorization, std::move(parameters)});
  }
  ReviewingApi api;
  Dashboard dashboard{api, ""};
};

TEST_F(DashboardTest, ShowsWhatTheTokenMayRead) {
  const auto overview = ask("/api/overview", {{"namespace", "ns"}});
  EXPECT_EQ(overview.status, 200) << overview.body;
  EXPECT_EQ(Json::parse(overview.body)["runs"][0]["name"], "up");
  const auto run = ask("/api/run", {{"namespace", "ns"}, {"name", "up"}});
  EXPECT_EQ(Json::parse(run.body)["of"]["to"], "2");
  const auto graph = ask("/api/plan.svg", {{"namespace", "ns"}, {"name", "p"}});
  EXPECT_EQ(graph.status, 200) << graph.body;
  EXPECT_EQ(graph.contentType, "image/svg+xml");
  EXPECT_THAT(graph.body, HasSubstr("<svg"));
}

TEST_F(DashboardTest, RefusesWithTheStatusThatFitsAndReadsNothing) {
  api.clearRequests();
  EXPECT_EQ(ask("/api/overview", {{"namespace", "ns"}}, "").status, 401);
  EXPECT_EQ(ask("/api/run", {{"namespace", "ns"}, {"name", "up"}}, "Bearer other").status, 401);
  const auto forbidden = ask("/api/overview", {{"namespace", "other"}});
  EXPECT_EQ(forbidden.status, 403);
  EXPECT_THAT(forbidden.body, HasSubstr("jane may not list"));
  EXPECT_EQ(ask("/api/overview", {}).status, 403);
  EXPECT_TRUE(api.requests().empty());
}

TEST_F(DashboardTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(ask("/api/run", {{"namespace", "ns"}, {"name", "none"}}).status, 404);
  EXPECT_EQ(ask("/api/secrets", {{"namespace", "ns"}, {"name", "x"}}).status, 404);
  EXPECT_EQ(ask("/api/run", {{"namespace", "ns"}}).status, 400);
}

TEST_F(DashboardTest, AnOperatorOfOneNamespaceShowsThatOneOnly) {
  api.allow("jane", "other");
  Dashboard narrow(api, "ns");
  EXPECT_EQ(narrow.answer({"/api/overview", false, "Bearer s3cret", {{"namespace", "other"}}}).status, 403);
  EXPECT_EQ(narrow.answer({"/api/overview", false, "Bearer s3cret", {}}).status, 200);
}

TEST_F(DashboardTest, EveryAnswerForbidsForeignScriptsFramesAndCaches) {
  for (const auto& answer : {ask("/api/overview", {{"namespace", "ns"}}), ask("/api/overview", {}, "")}) {
    EXPECT_THAT(answer.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(answer.headers.at("Content-Security-Policy"), Not(HasSubstr("unsafe")));
    EXPECT_EQ(answer.headers.at("Cache-Control"), "no-store");
  }
}

}  // namespace
}  // namespace windlass::ops
