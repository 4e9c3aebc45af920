// Beyond the point of no return the backups of the run lead back, when a person asks for it.
#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "upgrade_world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kContract = "keystone/schema/contract";
constexpr const char* kRestored[] = {"keystone", "glance", "placement"};

// The Deployments of a service that have replicas.
std::size_t running(const World& world, const std::string& service) {
  std::size_t out = 0;
  for (const Json& deployment : world.list(kinds::Deployment)) {
    if (kube::labelOf(deployment, kServiceLabel) == service && kube::intAt(deployment, "/spec/replicas", 1) > 0) ++out;
  }
  return out;
}

// The environment variable of the first container, "".
std::string variableOf(const Json& job, const std::string& name) {
  for (const Json& variable : kube::arrayAt(job, "/spec/template/spec/containers/0/env")) {
    if (variable["name"] == name) return variable.value("value", "");
  }
  return "";
}

void expectOldCloud(const UpgradeWorld& world) {
  EXPECT_EQ(world.mode(), "Aborted") << world.run().dump(1);
  for (const char* service : kRestored) EXPECT_EQ(world.imageOf(service), "2025.1");
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.1");
  EXPECT_FALSE(world.cloud()["status"].contains("components"));
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.condition("Upgraded")["reason"], "PlanWaitsForApproval") << "the spec still asks for it";
}

TEST(UpgradeRestore, OfARunThatStoppedHalfWayInItsContractLeadsToTheOldCloud) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.exits("keystone-schema-contract", 3);
  world.live();
  ASSERT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.run()["status"]["actions"].dump(), AllOf(HasSubstr("restore"), Not(HasSubstr("rollback"))));
  world.kubelet.heals();
  world.say("state", "Restored");
  world.live();
  expectOldCloud(world);
  EXPECT_THAT(world.message(), HasSubstr("What was written to keystone, placement since their backups is lost"))
      << "the schema of the third was not changed beyond return yet";
}

TEST(UpgradeRestore, OfARunThatIsOverLeadsToTheOldCloud) {
  UpgradeWorld world;
  world.approve();
  world.live();
  ASSERT_EQ(world.cloud()["status"]["release"], "2025.2");
  world.say("state", "Restored");
  world.live();
  expectOldCloud(world);
  for (const Json& job : world.list(kinds::Job)) {
    const std::string name = kube::nameOf(job);
    if (!kube::labelOf(job, kRunLabel).empty()) {
      EXPECT_EQ(world.kubelet.jobRuns().at(name), 1) << name;
    }
  }
  EXPECT_THAT(world.waitingFor(), HasSubstr("waits for approval"));
}

TEST(UpgradeRestore, OfARunThatIsOverIsDoneOnceAlsoWhenThePlanIsCarriedOutAgain) {
  UpgradeWorld world;
  world.approve();
  world.live();
  world.say("state", "Restored");
  world.live();
  world.approve("again");
  world.live();
  EXPECT_EQ(world.mode("again"), "Done") << world.run("again").dump(1);
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.2");
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_TRUE(world.isReady());
}

TEST(UpgradeRestore, PutsTheCopyOfThisRunInWhileNothingOfTheServiceRuns) {
  UpgradeWorld world;
  world.approve();
  world.live();
  const std::string backup = world.jobOf("keystone/backup");
  world.kubelet.hold("keystone-schema-contract");
  world.say("state", "Restored");
  world.live();
  const Json job = *world.get(kinds::Job, world.jobOf(kContract));
  EXPECT_EQ(variableOf(job, "NAME"), backup);
  EXPECT_EQ(variableOf(job, "DATABASES"), "keystone");
  EXPECT_THAT(job.dump(), AllOf(HasSubstr("sha256sum --check"), HasSubstr("demo-database-backup")));
  EXPECT_EQ(running(world, "keystone"), 0U);
  EXPECT_GT(running(world, "placement"), 0U) << "its turn has not come";
  EXPECT_THAT(kube::stringAt(world.run(), "/status/waitingFor"), HasSubstr(kube::nameOf(job)));
  EXPECT_EQ(kube::stringAt(world.run(), "/status/mode"), "RollingBack");
  EXPECT_EQ(world.condition("Ready")["reason"], "ComponentsStopped");
  EXPECT_THAT(kube::stringAt(world.condition("Ready"), "/message"),
              HasSubstr("stopped by run up: glance/api, keystone/api"));
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.2") << "until all of it is back";
  world.restartAll();  // a killed operator goes on
  world.kubelet.release();
  world.live();
  expectOldCloud(world);
}

TEST(UpgradeRestore, ThatFailsSaysWhyAndGoesOnWithAResume) {
  UpgradeWorld world;
  world.approve();
  world.live();
  world.kubelet.exits("keystone-schema-contract", 1);
  world.say("state", "Restored");
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.message(), AllOf(HasSubstr("taking it back failed: Job"), HasSubstr("resume")));
  EXPECT_EQ(running(world, "keystone"), 0U) << "nothing may write to databases that are half put in";
  world.kubelet.heals();
  world.say("resume", 1);
  world.live();
  expectOldCloud(world);
}

TEST(UpgradeRestore, APodThatIsLostPutsTheCopyInAgain) {
  UpgradeWorld world;
  world.approve();
  world.live();
  world.kubelet.loses("keystone-schema-contract");
  world.say("state", "Restored");
  world.live([&] { return kube::stringAt(world.run(), "/status/waitingFor").find("made again") != std::string::npos; });
  world.kubelet.heals();
  world.live();
  expectOldCloud(world);
}

TEST(UpgradeRestore, IsRefusedWhileARollbackLosesNothing) {
  UpgradeWorld world;
  world.approveAndHold("demo-keystone-api");
  world.say("state", "Restored");
  world.live();
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"), HasSubstr("roll back, which loses nothing"));
  EXPECT_EQ(world.mode(), "Running");
}

TEST(UpgradeRestore, IsRefusedWhenTheCloudRunsAnotherReleaseByNow) {
  UpgradeWorld world;
  world.approve();
  world.live();
  world.changeSpec("/release", "2026.1");
  ASSERT_TRUE(world.settle());
  world.approve("further");
  world.live();
  ASSERT_EQ(world.cloud()["status"]["release"], "2026.1") << world.run("further").dump(1);
  world.say("state", "Restored");
  world.live();
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"), HasSubstr("the cloud runs 2026.1 by now"));
  EXPECT_EQ(world.cloud()["status"]["release"], "2026.1");
}

TEST(UpgradeRestore, IsRefusedWhileAnotherRunOfTheCloudIsInWork) {
  UpgradeWorld world;
  world.approve();
  world.live();
  world.changeSpec("/release", "2026.1");
  ASSERT_TRUE(world.settle());
  world.approve("further");
  world.kubelet.hold("keystone-schema-expand");
  world.live();
  world.say("state", "Restored");
  world.live();
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"), HasSubstr("run further of this cloud"));
}

}  // namespace
}  // namespace windlass::ops
