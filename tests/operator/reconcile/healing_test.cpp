// What somebody deleted or changed comes back by itself.
#include <algorithm>
#include <iterator>

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/cloud_state.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::HasSubstr;
using testing::Not;

class Healing : public testing::Test {
 protected:
  void SetUp() override {
    world.createCloud();
    ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  }
  World world;
};

TEST_F(Healing, ADeletedDeploymentIsMadeAgain) {
  const std::string name = kube::nameOf(world.only(kinds::Deployment, "demo-keystone-api"));
  world.erase(kinds::Deployment, name);
  ASSERT_TRUE(world.settleReady());
  EXPECT_TRUE(world.get(kinds::Deployment, name));
  EXPECT_THAT(world.events.noteOf("Recreated"), HasSubstr(name));
}

TEST_F(Healing, ADeletedGatewayServiceIsMadeAgain) {
  world.erase(kinds::Service, "demo-gateway");
  ASSERT_TRUE(world.settleReady());
  EXPECT_TRUE(world.get(kinds::Service, "demo-gateway"));
}

TEST_F(Healing, PartsHealEvenWhileAnEarlierStageIsNotReady) {
  Json database = world.only(kinds::StatefulSet, "demo-database");
  database["status"]["readyReplicas"] = 0;
  ASSERT_TRUE(world.api->update(kinds::StatefulSet, database, "status"));
  world.kubelet.hold("demo-database");
  const std::string name = kube::nameOf(world.only(kinds::Deployment, "demo-keystone-api"));
  world.erase(kinds::Deployment, name);
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.get(kinds::Deployment, name));
  EXPECT_FALSE(world.isReady());
}

TEST_F(Healing, ALostReplicaDegradesTheCloudWithoutEndingReady) {
  Json api = world.only(kinds::Deployment, "demo-keystone-api");
  api["status"]["availableReplicas"] = 1;
  ASSERT_TRUE(world.api->update(kinds::Deployment, api, "status"));
  world.kubelet.hold("demo-keystone-api");
  ASSERT_TRUE(world.settle());
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.condition("Degraded")["status"], "True");
  EXPECT_THAT(world.waitingFor(), HasSubstr("1 of 2 replicas"));
}

TEST_F(Healing, ADeletedSecretComesBackWithTheSameValuesAndNothingRestarts) {
  const Json before = *world.get(kinds::Secret, "demo-keystone-database");
  const auto runs = world.kubelet.jobRuns();
  const Json api = world.only(kinds::Deployment, "demo-keystone-api");
  world.erase(kinds::Secret, "demo-keystone-database");
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ((*world.get(kinds::Secret, "demo-keystone-database"))["data"], before["data"]);
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
  EXPECT_EQ(kube::nameOf(world.only(kinds::Deployment, "demo-keystone-api")), kube::nameOf(api));
  EXPECT_EQ(world.events.count("SecretRestored"), 1);
}

TEST_F(Healing, ALostEscrowIsFilledAgainAndNothingRestarts) {
  const Json before = *world.get(kinds::Secret, escrowName("demo"));
  const auto runs = world.kubelet.jobRuns();
  const Json api = world.only(kinds::Deployment, "demo-keystone-api");
  world.erase(kinds::Secret, escrowName("demo"));
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ((*world.get(kinds::Secret, escrowName("demo")))["data"], before["data"]);
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
  EXPECT_EQ(kube::generationOf(world.only(kinds::Deployment, "demo-keystone-api")), kube::generationOf(api));
}

TEST_F(Healing, AfterTheLossOfASecretAndItsCopyTheDatabaseUserGetsANewPassword) {
  const Json before = *world.get(kinds::Secret, "demo-keystone-database");
  const auto runs = world.kubelet.jobRuns();
  world.erase(kinds::Secret, "demo-keystone-database");
  Json escrow = *world.get(kinds::Secret, escrowName("demo"));
  escrow["data"].erase("demo-keystone-database..password");
  ASSERT_TRUE(world.api->update(kinds::Secret, escrow, ""));
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  EXPECT_NE((*world.get(kinds::Secret, "demo-keystone-database"))["data"]["password"], before["data"]["password"]);
  EXPECT_GT(world.kubelet.jobRuns().size(), runs.size()) << "the job that sets the user has to run again";
}

TEST_F(Healing, AfterTheLossOfAllSecretsTheCloudStillBecomesReady) {
  for (const std::string& name : world.names(kinds::Secret)) world.erase(kinds::Secret, name);
  EXPECT_TRUE(world.settleReady()) << world.waitingFor();
}

TEST_F(Healing, AChangedPasswordIsTakenOverNotOverwritten) {
  Json secret = *world.get(kinds::Secret, "demo-keystone-database");
  secret["data"]["password"] = "bmV3LXBhc3N3b3Jk";
  ASSERT_TRUE(world.api->update(kinds::Secret, secret, ""));
  ASSERT_TRUE(world.settleReady());
  secret = *world.get(kinds::Secret, "demo-keystone-database");
  EXPECT_EQ(secret["data"]["password"], "bmV3LXBhc3N3b3Jk");
  EXPECT_THAT(secretValues(secret)["url"], HasSubstr("new-password")) << "what is derived follows";
}

TEST_F(Healing, DriftIsSetBackAndReported) {
  Json api = world.only(kinds::Deployment, "demo-keystone-api");
  api["spec"]["replicas"] = 5;
  ASSERT_TRUE(world.api->update(kinds::Deployment, api, ""));
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(kube::intAt(world.only(kinds::Deployment, "demo-keystone-api"), "/spec/replicas"), 2);
  EXPECT_THAT(world.events.noteOf("DriftCorrected"), HasSubstr("/spec/replicas"));
}

TEST_F(Healing, FieldsOfOthersAreLeftToThem) {
  Json api = world.only(kinds::Deployment, "demo-keystone-api");
  api["metadata"]["annotations"]["example.com/note"] = "mine";
  ASSERT_TRUE(world.api->update(kinds::Deployment, api, ""));
  world.api->clearRequests();
  ASSERT_TRUE(world.reconcile());
  EXPECT_TRUE(world.writes().empty());
}

TEST_F(Healing, ALabelThatWasTakenAwayIsPutBack) {
  Json service = *world.get(kinds::Service, "demo-gateway");
  service["metadata"]["labels"].erase(std::string(kCloudLabel));
  ASSERT_TRUE(world.api->update(kinds::Service, service, ""));
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(kube::labelOf(*world.get(kinds::Service, "demo-gateway"), kCloudLabel), "demo");
}

TEST_F(Healing, AFinishedJobThatIsDeletedDoesNotRunAgain) {
  const auto runs = world.kubelet.jobRuns();
  for (const std::string& name : world.names(kinds::Job)) world.erase(kinds::Job, name);
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
  world.changeSpec("/services/keystone/replicas", 1);
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
}

TEST_F(Healing, NewDataUnderAClaimMakesTheJobsRunAgain) {
  const auto runs = world.kubelet.jobRuns();
  world.erase(kinds::PersistentVolumeClaim, "data-demo-database-0");
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  for (const auto& [name, count] : runs) EXPECT_EQ(world.kubelet.jobRuns().at(name), count + 1) << name;
  EXPECT_EQ(world.events.count("DataReplaced"), 1);
}

class HealingOfThree : public testing::Test {
 protected:
  void SetUp() override {
    world.createCloud(World::threeServicesSpec());
    ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  }
  World world;
};

TEST_F(HealingOfThree, AConfigKeyOfOneServiceReplacesThatServiceOnly) {
  const auto runs = world.kubelet.jobRuns();
  const std::vector<std::string> before = world.names(kinds::Deployment);
  world.changeSpec("/services/glance/config", {{"DEFAULT", {{"debug", true}}}});
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
  std::vector<std::string> gone;
  const std::vector<std::string> after = world.names(kinds::Deployment);
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(gone));
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_THAT(gone.front(), HasSubstr("demo-glance-api"));
  EXPECT_EQ(after.size(), before.size());
}

TEST_F(HealingOfThree, ADeletedAccountComesBackWithItsPasswordAndNothingRestarts) {
  const Json before = *world.get(kinds::Secret, "demo-glance-account");
  const auto runs = world.kubelet.jobRuns();
  world.erase(kinds::Secret, "demo-glance-account");
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  EXPECT_EQ((*world.get(kinds::Secret, "demo-glance-account"))["data"], before["data"]);
  EXPECT_EQ(world.kubelet.jobRuns(), runs);
}

TEST_F(HealingOfThree, AServiceTakenOutOfTheSpecGoesAndItsImagesStay) {
  Json services = world.cloud()["spec"]["services"];
  services.erase("glance");
  world.changeSpec("/services", services);
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  for (const std::string& name : world.names(kinds::Deployment)) EXPECT_THAT(name, Not(HasSubstr("glance")));
  EXPECT_TRUE(world.get(kinds::PersistentVolumeClaim, "demo-glance-images"));
}

}  // namespace
}  // namespace windlass::ops
