// The Job of a synthetic transaction: at the gateway, or straight at one revision.
#include "operator/render/step_job.h"

#include <gmock/gmock.h>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

Json probe(const std::string& service, ProbeWay way) {
  const auto objects = renderStepJob(realCatalog(), decoded(threeServicesObject()), {},
                                     {.kind = StepJobKind::Probe,
                                      .name = "p",
                                      .service = service,
                                      .release = decoded(threeServicesObject()).spec.release,
                                      .image = {},
                                      .command = {},
                                      .databases = {},
                                      .source = {},
                                      .way = way,
                                      .component = "api"});
  if (!objects) throw std::runtime_error(objects.error().toString());
  EXPECT_EQ(objects->size(), 1U) << "it has no files";
  return objects->back();
}

std::string environment(const Json& job, const std::string& name) {
  for (const Json& one : job.at("spec").at("template").at("spec").at("containers").at(0).at("env")) {
    if (one.at("name") == name) return one.at("value");
  }
  return "";
}

std::string gateway() {
  return environment(probe(apiService(), ProbeWay::Gateway), "BASE");
}

TEST(ProbeJob, AtTheGatewayItIsAClientLikeAnyOther) {
  EXPECT_THAT(gateway(), testing::StartsWith("http://demo-gateway."));
}

TEST(ProbeJob, ItGoesStraightToTheRevisionThatIsTriedOrTheOneInUse) {
  const std::string api = "http://demo-" + apiService() + "-api";
  const Json tried = probe(apiService(), ProbeWay::Tried), stable = probe(apiService(), ProbeWay::Stable);
  EXPECT_THAT(environment(tried, "BASE"), testing::StartsWith(api + "-canary."));
  EXPECT_THAT(environment(tried, "OS_AUTH_URL"), testing::StartsWith(api + "-canary.")) << "its token too";
  EXPECT_THAT(environment(stable, "BASE"), testing::StartsWith(api + "."));
  EXPECT_EQ(gateway().substr(gateway().rfind(':')),
            environment(tried, "BASE").substr(environment(tried, "BASE").rfind(':')))
      << "with the same path";
}

TEST(ProbeJob, WhatBelongsToAnotherServiceStaysAtTheGateway) {
  for (const auto& [name, spec] : decoded(threeServicesObject()).spec.services) {
    if (name == apiService()) continue;
    const Json tried = probe(name, ProbeWay::Tried);
    EXPECT_THAT(environment(tried, "BASE"), testing::StartsWith("http://demo-" + name + "-api-canary."));
    EXPECT_EQ(environment(tried, "OS_AUTH_URL"), environment(probe(name, ProbeWay::Gateway), "OS_AUTH_URL"));
  }
}

TEST(ProbeJob, WhatItMakesHasANameOfItsOwnForEachSide) {
  const auto name = [](ProbeWay way) { return environment(probe(apiService(), way), "NAME"); };
  EXPECT_EQ(name(ProbeWay::Gateway), "windlass-probe");
  EXPECT_NE(name(ProbeWay::Tried), name(ProbeWay::Stable));
  EXPECT_NE(name(ProbeWay::Tried), name(ProbeWay::Gateway));
}

}  // namespace
}  // namespace windlass::ops::test
