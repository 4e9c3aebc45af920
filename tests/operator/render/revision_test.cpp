#include <algorithm>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

std::vector<std::string> namesOf(const RenderedCloud& cloud, const std::string& kind) {
  std::vector<std::string> names;
  for (const Json& object : objectsOf(cloud, kind))
    names.push_back(object.at("metadata").at("name").get<std::string>());
  return names;
}

std::vector<std::string> changedRevisions(const RenderedCloud& before, const RenderedCloud& after) {
  std::vector<std::string> out;
  for (const auto& [component, revision] : after.revisions) {
    if (before.revisions.at(component) != revision) out.push_back(component);
  }
  return out;
}

TEST(Revision, OneKeyOfOneServiceChangesThatServiceOnly) {
  const RenderedCloud before = rendered(demoObject());
  Json object = demoObject();
  object["spec"]["services"][apiService()]["config"]["DEFAULT"]["debug"] = true;
  const RenderedCloud after = rendered(object);
  EXPECT_EQ(changedRevisions(before, after), std::vector<std::string>{apiService() + "/api"});
  EXPECT_EQ(namesOf(before, "Job"), namesOf(after, "Job"));
  EXPECT_EQ(namesOf(before, "StatefulSet"), namesOf(after, "StatefulSet"));
}

TEST(Revision, MoreReplicasAreTheSameRevision) {
  Json object = demoObject();
  object["spec"]["services"][apiService()]["replicas"] = 3;
  object["spec"]["gateway"]["replicas"] = 1;
  EXPECT_TRUE(changedRevisions(rendered(demoObject()), rendered(object)).empty());
}

TEST(Revision, OfEachRevisionThereIsADeploymentAndTheTrafficGoesToTheNewOne) {
  const RenderedCloud cloud = rendered(demoObject());
  const std::string revision = cloud.revisions.at(apiService() + "/api");
  const std::string base = "demo-" + apiService() + "-api";
  const std::vector<std::string> deployments = namesOf(cloud, "Deployment");
  EXPECT_NE(std::find(deployments.begin(), deployments.end(), base + "-" + revision), deployments.end());
  for (const Json& service : objectsOf(cloud, "Service")) {
    if (service.at("metadata").at("name") != base) continue;
    EXPECT_EQ(service.at("spec").at("selector").at("windlass.dev/revision"), revision);
    EXPECT_EQ(cloud.stages.back().name, apiService() + "/traffic");
    EXPECT_EQ(cloud.stages.back().settles, std::vector<std::string>{apiService() + "/api"});
    return;
  }
  ADD_FAILURE() << "no Service " << base;
}

TEST(Revision, AnotherSecretContentMakesANewRevisionAndRunsTheJobsThatUseIt) {
  RenderContext before, after;
  const std::string secret = "demo-" + apiService() + "-database";
  before.referencedHashes[secret] = "one";
  after.referencedHashes[secret] = "two";
  const RenderedCloud first = rendered(demoObject(), before);
  const RenderedCloud second = rendered(demoObject(), after);
  EXPECT_EQ(changedRevisions(first, second), std::vector<std::string>{apiService() + "/api"});
  EXPECT_NE(namesOf(first, "Job"), namesOf(second, "Job"));
  EXPECT_EQ(namesOf(first, "Job")[1], namesOf(second, "Job")[1]) << "the tables do not depend on the password";
}

TEST(Revision, KeysThatProcessesRereadMakeNoNewRevision) {
  RenderContext after;
  after.referencedHashes["demo-" + apiService() + "-fernet-keys"] = "two";
  EXPECT_TRUE(changedRevisions(rendered(demoObject()), rendered(demoObject(), after)).empty());
}

TEST(Revision, ImmutableObjectsAreNamedByTheirContent) {
  Json object = demoObject();
  object["spec"]["services"][apiService()]["config"]["DEFAULT"]["debug"] = true;
  const RenderedCloud before = rendered(demoObject());
  const RenderedCloud after = rendered(object);
  for (const char* kind : {"ConfigMap", "Job"}) {
    for (const Json& one : objectsOf(before, kind)) {
      for (const Json& other : objectsOf(after, kind)) {
        EXPECT_EQ(one.at("metadata").at("name") == other.at("metadata").at("name"), one == other);
      }
    }
  }
  for (const Json& map : objectsOf(after, "ConfigMap")) {
    // The split of traffic is no part of what was started: it changes under a name that stays.
    const bool isSplit = map.at("data").contains("weights.map");
    EXPECT_EQ(map.value("immutable", false), !isSplit) << map.at("metadata").at("name");
  }
}

TEST(Revision, ChangedTrafficChangesOneConfigMapAndRestartsNothing) {
  const RenderedCloud before = rendered(demoObject());
  RenderContext context;
  const std::string api = before.endpoints.begin()->first;
  context.traffic[api] = {.canaryBasisPoints = 1000, .headers = {"yes"}, .tenants = {"0123"}};
  const RenderedCloud after = rendered(demoObject(), context);
  EXPECT_EQ(before.revisions, after.revisions);
  std::vector<Json> changed;
  const std::vector<Json> old = allObjects(before), now = allObjects(after);
  ASSERT_EQ(old.size(), now.size());
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (old[i] != now[i]) changed.push_back(now[i]);
  }
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(
      changed[0].at("data"),
      Json({{"weights.map", api + " 1000\n"}, {"headers.map", api + "/yes 1\n"}, {"tenants.map", api + "/0123 1\n"}}));
}

TEST(Revision, DataIsKeptUnlessTheCloudSaysDelete) {
  Json object = demoObject();
  object["spec"]["deletionPolicy"] = "Delete";
  const auto policy = "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted"_json_pointer;
  for (const Json& set : objectsOf(rendered(demoObject()), "StatefulSet")) EXPECT_EQ(set.at(policy), "Retain");
  for (const Json& set : objectsOf(rendered(object), "StatefulSet")) EXPECT_EQ(set.at(policy), "Delete");
}

}  // namespace
}  // namespace windlass::ops::test
