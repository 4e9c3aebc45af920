// Volumes that the pods of a service share.
#include <algorithm>

#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

const std::string kClaim = "demo-glance-images";

Json withVolume(const Json& said) {
  Json object = threeServicesObject();
  object["spec"]["services"]["glance"]["volumes"] = {{"images", said}};
  return object;
}

Json claimIn(const RenderedCloud& cloud) {
  const std::vector<Json> claims = objectsOf(cloud, "PersistentVolumeClaim");
  EXPECT_EQ(claims.size(), 1U);
  return claims.empty() ? Json() : claims.front();
}

// The pod spec of the API that mounts the claim.
Json podWithClaim(const RenderedCloud& cloud) {
  for (const NamedPod& named : podsOf(cloud)) {
    if (named.pod.dump().find(kClaim) != std::string::npos) return named.pod.at("spec");
  }
  ADD_FAILURE() << "nobody mounts " << kClaim;
  return Json::object();
}

Json budgetOfGlance(const RenderedCloud& cloud) {
  for (const Json& budget : objectsOf(cloud, "PodDisruptionBudget")) {
    if (budget.at("metadata").at("name") == "demo-glance-api") return budget.at("spec").at("maxUnavailable");
  }
  return nullptr;
}

TEST(Volumes, OneClaimIsMountedByEveryRevision) {
  Json other = threeServicesObject();
  other["spec"]["services"]["glance"]["config"]["DEFAULT"]["debug"] = true;
  const RenderedCloud before = rendered(threeServicesObject()), after = rendered(other);
  EXPECT_NE(before.revisions.at("glance/api"), after.revisions.at("glance/api"));
  EXPECT_EQ(claimIn(before).at("metadata").at("name"), kClaim);
  EXPECT_EQ(claimIn(before), claimIn(after));
  for (const RenderedCloud* cloud : {&before, &after}) {
    const Json volumes = podWithClaim(*cloud).at("volumes");
    EXPECT_EQ(volumes.back().at("/persistentVolumeClaim/claimName"_json_pointer), kClaim) << volumes;
  }
}

// A claim of a class that binds late is bound once a pod wants it: in an earlier stage it would be waited for for ever.
TEST(Volumes, AClaimComesInTheStageOfTheComponentThatMountsIt) {
  for (const Stage& stage : rendered(threeServicesObject()).stages) {
    const bool holds = std::any_of(stage.objects.begin(), stage.objects.end(),
                                   [](const Json& object) { return object.at("kind") == "PersistentVolumeClaim"; });
    EXPECT_EQ(holds, stage.name == "glance/api") << stage.name;
  }
}

TEST(Volumes, PodsOfAVolumeForOneNodeGatherWhereverTheirRevision) {
  const RenderedCloud cloud = rendered(threeServicesObject());
  const Json pod = podWithClaim(cloud);
  EXPECT_EQ(claimIn(cloud).at("/spec/accessModes/0"_json_pointer), "ReadWriteOnce");
  const Json terms = pod.at("/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution"_json_pointer);
  ASSERT_EQ(terms.size(), 1U);
  EXPECT_EQ(terms[0].at("topologyKey"), "kubernetes.io/hostname");
  EXPECT_EQ(terms[0].at("/labelSelector/matchExpressions/0/values"_json_pointer), Json::array({"api"}));
  EXPECT_FALSE(terms.dump().find("windlass.dev/revision") != std::string::npos);
  EXPECT_EQ(budgetOfGlance(cloud), "100%") << "they can only leave the node together";
}

TEST(Volumes, PodsOfAVolumeForManyNodesSpread) {
  const RenderedCloud cloud = rendered(withVolume({{"accessMode", "ReadWriteMany"}, {"className", "shared"}}));
  const Json pod = podWithClaim(cloud);
  EXPECT_TRUE(pod.contains("/affinity/podAntiAffinity"_json_pointer));
  EXPECT_FALSE(pod.contains("/affinity/podAffinity"_json_pointer));
  EXPECT_EQ(claimIn(cloud).at("/spec/accessModes"_json_pointer), Json::array({"ReadWriteMany"}));
  EXPECT_EQ(claimIn(cloud).at("/spec/storageClassName"_json_pointer), "shared");
  EXPECT_EQ(budgetOfGlance(cloud), 1);
}

TEST(Volumes, TheCloudSaysTheSizeElseTheDefinition) {
  const auto size = "/spec/resources/requests/storage"_json_pointer;
  EXPECT_EQ(claimIn(rendered(withVolume({{"size", "3Gi"}}))).at(size), "3Gi");
  EXPECT_EQ(claimIn(rendered(withVolume(Json::object()))).at(size), "10Gi");
}

TEST(Volumes, OneThatTheServiceDoesNotHaveIsRefusedWithTheNearest) {
  Json object = threeServicesObject();
  object["spec"]["services"]["glance"]["volumes"] = {{"image", Json::object()}};
  EXPECT_EQ(refusalOf(object),
            "spec.services.glance.volumes.image: glance has no volume \"image\", did you mean images?");
  object = threeServicesObject();
  object["spec"]["services"]["placement"]["volumes"] = {{"images", Json::object()}};
  EXPECT_EQ(refusalOf(object).rfind("spec.services.placement.volumes.images: placement has no volume", 0), 0U);
}

}  // namespace
}  // namespace windlass::ops::test
