// The account by which a service logs in at another, and its entries in the catalog.
#include <algorithm>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

const Stage& stageOf(const RenderedCloud& cloud, const std::string& name) {
  for (const Stage& stage : cloud.stages) {
    if (stage.name == name) return stage;
  }
  ADD_FAILURE() << "no stage " << name;
  return cloud.stages.front();
}

Json containerOf(const Stage& stage) {
  return stage.objects.back().at("/spec/template/spec/containers/0"_json_pointer);
}

std::string envOf(const Json& container, const std::string& name) {
  for (const Json& variable : container.at("env")) {
    if (variable.at("name") != name) continue;
    return variable.contains("value") ? variable.at("value").get<std::string>() : variable.dump();
  }
  return "";
}

RenderContext withHash(const std::string& secret, const std::string& hash) {
  RenderContext context;
  context.referencedHashes[secret] = hash;
  return context;
}

TEST(Account, IsMadeOnceItsProviderAnswersAndBeforeTheServiceStarts) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  const std::vector<std::string> after = stageOf(cloud, "glance/account").after;
  EXPECT_NE(std::find(after.begin(), after.end(), "keystone/traffic"), after.end());
  const std::vector<std::string> first = stageOf(cloud, "glance/schema").after;
  EXPECT_NE(std::find(first.begin(), first.end(), "glance/account"), first.end());
}

TEST(Account, TheJobKnowsWhatTheCatalogShallSay) {
  const Json job = containerOf(stageOf(rendered(threeServicesObject()), "glance/account"));
  EXPECT_EQ(envOf(job, "APIS"), R"([{"type":"image","url":"http://demo-gateway.openstack.svc.cluster.local:9292"}])");
  EXPECT_EQ(envOf(job, "SERVICE"), "glance");
  EXPECT_EQ(envOf(job, "ROLES"), R"(["service"])");
  EXPECT_NE(envOf(job, "ACCOUNT_PASSWORD").find("demo-glance-account"), std::string::npos);
  EXPECT_NE(envOf(job, "ADMIN_PASSWORD").find("demo-keystone-admin"), std::string::npos);
}

TEST(Account, AnotherPasswordRunsItsJobAgainAndRestartsItsServiceOnly) {
  const RenderedCloud before = rendered(threeServicesObject(), withHash("demo-glance-account", "one"));
  const RenderedCloud after = rendered(threeServicesObject(), withHash("demo-glance-account", "two"));
  for (const auto& [component, revision] : after.revisions)
    EXPECT_EQ(before.revisions.at(component) != revision, component == "glance/api") << component;
  for (const Stage& stage : after.stages) {
    const bool same = stage.objects == stageOf(before, stage.name).objects;
    const bool touched = stage.name == "glance/account" || stage.name == "glance/api" || stage.name == "glance/traffic";
    EXPECT_NE(same, touched) << stage.name;
  }
}

TEST(Account, ThePasswordCannotBeSetInConfig) {
  Json object = threeServicesObject();
  object["spec"]["services"]["placement"]["config"]["keystone_authtoken"]["password"] = "x";
  EXPECT_NE(refusalOf(object).find("config.keystone_authtoken.password: is set by Windlass from a Secret"),
            std::string::npos)
      << refusalOf(object);
}

TEST(Account, AServiceWithoutItsProviderIsRefused) {
  Json object = threeServicesObject();
  object["spec"]["services"].erase("keystone");
  EXPECT_EQ(refusalOf(object), "spec.services: glance needs the service keystone, add it");
}

}  // namespace
}  // namespace windlass::ops::test
