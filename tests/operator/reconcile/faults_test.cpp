// Bad input and bad surroundings: one condition and one Event that name the object and the remedy.
#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/jobs.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

Json specWithAdminSecret() {
  Json spec = World::smallSpec();
  spec["adminPasswordSecretRef"] = {{"name", "my-admin"}, {"key", "password"}};
  return spec;
}

void addSecret(World& world, const std::string& name, const Json& data) {
  Json secret = kube::newObject(kinds::Secret, {"openstack", name});
  secret["data"] = data;
  ASSERT_TRUE(world.api->create(kinds::Secret, secret));
}

std::string readyMessage(const World& world) {
  return kube::stringAt(world.condition("Ready"), "/message");
}

TEST(Faults, AMissingSecretIsNamedWithItsFieldAndWaitedFor) {
  World world;
  world.createCloud(specWithAdminSecret());
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["reason"], "MissingSecret");
  EXPECT_THAT(readyMessage(world), AllOf(HasSubstr("Secret openstack/my-admin"),
                                         HasSubstr("spec.adminPasswordSecretRef.name"), HasSubstr("create")));
  EXPECT_EQ(world.events.count("MissingSecret"), 1);
  EXPECT_THAT(world.names(kinds::Deployment), IsEmpty());
  EXPECT_GT(world.reconcile()->requeueAfter.count(), 0) << "nothing tells us when it appears";

  addSecret(world, "my-admin", {{"password", "c2VjcmV0"}});
  EXPECT_TRUE(world.settleReady()) << world.waitingFor();
}

TEST(Faults, AMissingKeyOfASecretIsNamed) {
  World world;
  addSecret(world, "my-admin", {{"pass", "c2VjcmV0"}});
  world.createCloud(specWithAdminSecret());
  ASSERT_TRUE(world.settle());
  EXPECT_THAT(readyMessage(world), HasSubstr("has no key password"));
}

TEST(Faults, SuppliedSecretsAreNeitherOwnedNorChanged) {
  World world;
  addSecret(world, "my-admin", {{"password", "c2VjcmV0"}});
  world.createCloud(specWithAdminSecret());
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  const Json secret = *world.get(kinds::Secret, "my-admin");
  EXPECT_FALSE(kube::controllerOf(secret));
  EXPECT_EQ(kube::labelOf(secret, "windlass.dev/cloud"), "");
}

TEST(Faults, AnImageThatCannotBePulledIsNamed) {
  World world;
  world.createCloud();
  world.kubelet.hold("demo-database");
  ASSERT_TRUE(world.settle());
  Json pod = kube::newObject(kinds::Pod, {"openstack", "demo-database-0"});
  pod["metadata"]["labels"] = world.only(kinds::StatefulSet, "demo-database")["spec"]["template"]["metadata"]["labels"];
  Json set = world.only(kinds::StatefulSet, "demo-database");
  set["status"]["observedGeneration"] = kube::generationOf(set);
  ASSERT_TRUE(world.api->update(kinds::StatefulSet, set, "status"));
  world.addPod(pod, Json::parse(R"({"phase": "Pending", "containerStatuses": [{"name": "database",
    "image": "windlass.dev/nothing:1", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]})"));
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["reason"], "ImagePullBackOff");
  EXPECT_EQ(world.condition("Degraded")["status"], "True");
  EXPECT_THAT(readyMessage(world), HasSubstr("windlass.dev/nothing:1"));
  EXPECT_EQ(world.events.count("ImagePullBackOff"), 1);
}

TEST(Faults, AQuotaThatRefusesAnObjectIsNamed) {
  World world;
  world.createCloud();
  world.api->setFaultInjector([](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (request.verb != "apply" || request.kind.kind != "StatefulSet") return std::nullopt;
    return kube::Error{
        kube::ErrorKind::Forbidden, "statefulsets is forbidden: exceeded quota: small", 403, {}, nullptr};
  });
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["reason"], "QuotaExceeded");
  EXPECT_THAT(readyMessage(world), AllOf(HasSubstr("exceeded quota: small"), HasSubstr("raise the quota")));
  world.api->setFaultInjector(nullptr);
  EXPECT_TRUE(world.settleReady()) << world.waitingFor();
}

TEST(Faults, AnObjectOfTheSameNameThatIsNotOursIsLeftAlone) {
  World world;
  Json foreign = kube::newObject(kinds::Service, {"openstack", "demo-gateway"});
  foreign["spec"]["selector"] = {{"app", "other"}};
  ASSERT_TRUE(world.api->create(kinds::Service, foreign));
  world.createCloud();
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["reason"], "NameTaken");
  EXPECT_THAT(readyMessage(world), HasSubstr("Service openstack/demo-gateway"));
  EXPECT_EQ((*world.get(kinds::Service, "demo-gateway"))["spec"]["selector"]["app"], "other");
}

TEST(Faults, AJobThatFailsTellsWhyAndIsTriedAgainLater) {
  World world;
  world.createCloud();
  world.kubelet.hold("demo-keystone-database");  // the job that makes the database user
  ASSERT_TRUE(world.settle());
  Json job = world.only(kinds::Job, "demo-keystone-database");
  Json pod = kube::newObject(kinds::Pod, {"openstack", "failed"});
  pod["metadata"]["labels"] = {{"windlass.dev/cloud", "demo"}};
  ASSERT_TRUE(kube::setController(pod, job, kinds::Job));
  world.addPod(pod, Json::parse(R"({"phase": "Failed", "containerStatuses": [{"name": "provision", "state":
    {"terminated": {"exitCode": 1, "message": "ERROR 2002: cannot connect to db.example"}}}]})"));
  job["status"]["conditions"] = {
      {{"type", "Failed"}, {"status", "True"}, {"lastTransitionTime", kube::formatTime(world.now)}}};
  ASSERT_TRUE(world.api->update(kinds::Job, job, "status"));
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["reason"], "JobFailed");
  EXPECT_THAT(readyMessage(world), HasSubstr("cannot connect to db.example"));
  EXPECT_GT(world.reconcile()->requeueAfter.count(), 0);

  world.now += kJobRetryDelay;
  world.kubelet.release();
  EXPECT_TRUE(world.settleReady()) << world.waitingFor();
}

TEST(Faults, AnApiServerThatIsAwayIsTriedAgainAndNotBlamedOnTheCloud) {
  World world;
  world.createCloud();
  world.api->setFaultInjector([](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (request.kind.kind != "ConfigMap") return std::nullopt;
    return kube::Error{kube::ErrorKind::Unavailable, "connection refused", 0, {}, nullptr};
  });
  const auto result = world.reconcile();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_FALSE(world.cloud().contains("status"));
}

TEST(Faults, ACloudThatIsGoneIsNoError) {
  World world;
  EXPECT_TRUE(world.reconcile());
}

}  // namespace
}  // namespace windlass::ops
