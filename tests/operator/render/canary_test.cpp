// A revision that is tried stands beside the one in use and changes nothing of it.
#include <algorithm>

#include "operator/catalog/catalog.h"
#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

std::string base() {
  return "demo-" + apiService() + "-api";
}

const Stage* trialOf(const RenderedCloud& cloud) {
  const auto found =
      std::find_if(cloud.stages.begin(), cloud.stages.end(), [](const Stage& stage) { return stage.trial; });
  return found == cloud.stages.end() ? nullptr : &*found;
}

Json objectOf(const Stage& stage, const std::string& kind) {
  for (const Json& object : stage.objects) {
    if (object.at("kind") == kind) return object;
  }
  return nullptr;
}

TEST(CanaryRendering, WhatIsInUseStaysAsItIs) {
  const RenderedCloud before = rendered(demoObject()), after = rendered(demoObject(), tryingNext());
  ASSERT_EQ(trialOf(before), nullptr);
  ASSERT_EQ(after.stages.size(), before.stages.size() + 1);
  EXPECT_EQ(before.revisions, after.revisions);
  for (std::size_t i = 0; i < before.stages.size(); ++i) EXPECT_EQ(before.stages[i].objects, after.stages[i].objects);
  EXPECT_EQ(&after.stages.back(), trialOf(after));
  for (const Stage& stage : after.stages)
    EXPECT_EQ(std::count(stage.after.begin(), stage.after.end(), trialOf(after)->name), 0) << stage.name;
}

TEST(CanaryRendering, ItsServiceSelectsItsPodsAlone) {
  const RenderedCloud cloud = rendered(demoObject(), tryingNext());
  const Json deployment = objectOf(*trialOf(cloud), "Deployment"), service = objectOf(*trialOf(cloud), "Service");
  const std::string revision = deployment.at("metadata").at("labels").at("windlass.dev/revision");
  EXPECT_EQ(deployment.at("metadata").at("name"), base() + "-" + revision);
  EXPECT_NE(revision, cloud.revisions.at(apiService() + "/api"));
  EXPECT_EQ(service.at("metadata").at("name"), base() + "-canary");
  EXPECT_EQ(service.at("spec").at("selector").at("windlass.dev/revision"), revision);
  EXPECT_EQ(service.at("spec").at("clusterIP"), "None") << "the gateway finds each pod by DNS";
}

TEST(CanaryRendering, TheRollFindsTheVeryPodsThatWereTried) {
  const RenderedCloud trying = rendered(demoObject(), tryingNext());
  RenderContext rolled;
  rolled.components = tryingNext().canaries;
  const Json tried = objectOf(*trialOf(trying), "Deployment");
  for (const Json& object : objectsOf(rendered(demoObject(), rolled), "Deployment")) {
    if (object.at("metadata").at("name") != tried.at("metadata").at("name")) continue;
    EXPECT_EQ(object.at("spec").at("template"), tried.at("spec").at("template"));
    EXPECT_EQ(object.at("spec").at("selector"), tried.at("spec").at("selector"));
    return;
  }
  ADD_FAILURE() << "the roll makes another Deployment";
}

TEST(CanaryRendering, ItHasNoMorePodsThanTheGatewayHasPlacesFor) {
  Json object = demoObject();
  const auto tried = [&](int replicas) {
    object["spec"]["services"][apiService()]["replicas"] = replicas;
    return objectOf(*trialOf(rendered(object, tryingNext())), "Deployment").at("spec").at("replicas").get<int>();
  };
  EXPECT_EQ(tried(2), 2);
  EXPECT_EQ(tried(6), 4);
}

TEST(CanaryRendering, ARevisionLikeTheOneInUseHasNoSecondDeployment) {
  RenderContext context;
  context.canaries[apiService() + "/api"] = {demoObject().at("spec").at("release").get<std::string>()};
  const RenderedCloud cloud = rendered(demoObject(), context);
  EXPECT_EQ(objectOf(*trialOf(cloud), "Deployment"), nullptr);
  EXPECT_EQ(objectOf(*trialOf(cloud), "Service").at("spec").at("selector").at("windlass.dev/revision"),
            cloud.revisions.at(apiService() + "/api"));
}

TEST(CanaryRendering, AServiceThatIsNotThereAnyMoreHasNone) {
  RenderContext context;
  context.canaries["glance/api"] = {"2025.2"};
  EXPECT_EQ(trialOf(rendered(demoObject(), context)), nullptr);
}

}  // namespace
}  // namespace windlass::ops::test
