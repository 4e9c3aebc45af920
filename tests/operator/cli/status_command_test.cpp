#include "operator/cli/status_command.h"

#include <gmock/gmock.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/meta.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::HasSubstr;

Json cloud() {
  Json object = kube::newObject(kOpenStackCloudKind, {"ns", "demo"});
  object["spec"]["release"] = "2";
  object["status"] = {
      {"release", "1"},
      {"plan", "demo-1-2"},
      {"services", {{"a", {{"replicas", 2}, {"readyReplicas", 2}, {"revision", "abc"}}}}},
      {"endpoints", {{"identity", "http://gateway:5000/v3"}}},
      {"conditions",
       {{{"type", "Ready"}, {"status", "True"}, {"message", "everything runs"}},
        {{"type", "Degraded"}, {"status", "False"}},
        {{"type", "Upgraded"}, {"status", "False"}, {"reason", "PlanWaitsForApproval"}, {"message", "approve it"}}}}};
  return object;
}

Json runOfPlan(const std::string& name, const std::string& mode) {
  Json object = kube::newObject(kUpgradeRunKind, {"ns", name});
  object["spec"]["plan"] = "demo-1-2";
  object["status"] = {{"mode", mode}, {"phase", "Expand"}};
  return object;
}

TEST(CloudStatus, SaysReleaseConditionsServicesAndTheRunInWork) {
  EXPECT_EQ(cloudText(cloud(), {runOfPlan("old", "Aborted"), runOfPlan("up", "Running")}),
            "demo: release 1, 2 is wanted\n"
            "  Ready        True\n"
            "  Upgraded     False: approve it (PlanWaitsForApproval)\n"
            "  plan         demo-1-2\n"
            "  run          up: Expand; windlass upgrade watch up\n"
            "  a            2/2 pods ready, revision abc\n"
            "  at           identity http://gateway:5000/v3\n");
}

TEST(CloudStatus, WhatIsWrongIsSaidInTheWordsOfItsCondition) {
  Json broken = cloud();
  broken["status"]["conditions"] =
      Json::array({{{"type", "Ready"}, {"status", "False"}, {"reason", "ImageMissing"}, {"message", "no image"}},
                   {{"type", "Degraded"}, {"status", "True"}, {"reason", "ImageMissing"}, {"message", "no image"}}});
  broken["status"]["waitingFor"] = "an image";
  EXPECT_THAT(cloudText(broken, {}),
              testing::AllOf(HasSubstr("Ready        False: no image (ImageMissing)"),
                             HasSubstr("Degraded     True: no image"), HasSubstr("waits for    an image")));
}

TEST(CloudStatus, ACloudThatIsNotThereIsNamed) {
  kube::FakeApiServer api;
  EXPECT_THAT(showClouds(api, "ns", "").error().message, HasSubstr("no OpenStackCloud in namespace ns"));
  Json made = cloud();
  made.erase("status");
  ASSERT_TRUE(api.create(kOpenStackCloudKind, made));
  EXPECT_THAT(showClouds(api, "ns", "other").error().message, HasSubstr("no OpenStackCloud other in namespace ns"));
  EXPECT_THAT(showClouds(api, "ns", "").value(), HasSubstr("demo: release 2\n"));
}

TEST(CloudStatus, ObjectsOfAnotherShapeAreShownAsFarAsTheyGo) {
  for (const Json& odd :
       {Json(), Json("x"), Json({{"status", {{"services", {1}}, {"endpoints", {1}}, {"conditions", {1}}}}}),
        Json({{"status", {{"services", {{"a", 1}}}, {"endpoints", {{"a", 1}}}}}})})
    EXPECT_FALSE(cloudText(odd, {odd}).empty());
}

}  // namespace
}  // namespace windlass::ops
