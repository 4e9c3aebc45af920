// A change of spec.release changes nothing that runs: it makes a plan that waits for approval.
#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/upgrade_plans.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Everything that runs, by reference and generation.
std::map<std::string, std::int64_t> running(const World& world) {
  std::map<std::string, std::int64_t> out;
  for (const kube::ResourceKind& kind : ownedKinds()) {
    for (const Json& object : world.list(kind)) out[refOf(object)] = kube::generationOf(object);
  }
  return out;
}

struct RunningCloud : World {
  explicit RunningCloud(const Json& spec = threeServicesSpec()) {
    createCloud(spec);
    if (!settleReady()) throw std::runtime_error(waitingFor());
  }
  void ask(const std::string& release) {
    changeSpec("/release", release);
    if (!settle()) throw std::runtime_error("no rest");
  }
  std::string planName() const { return kube::stringAt(cloud(), "/status/plan"); }
  std::string upgradeMessage() const { return kube::stringAt(condition("Upgraded"), "/message"); }
};

TEST(UpgradeOffer, ARunningCloudSaysThatItIsAtItsRelease) {
  RunningCloud world;
  EXPECT_EQ(world.condition("Upgraded")["status"], "True");
  EXPECT_EQ(world.condition("Upgraded")["reason"], "AtRelease");
  EXPECT_THAT(world.names(kUpgradePlanKind), IsEmpty());
}

TEST(UpgradeOffer, AChangedReleaseChangesNothingThatRuns) {
  RunningCloud world;
  const auto before = running(world);
  const auto jobs = world.kubelet.jobRuns();
  world.ask("2025.2");
  EXPECT_EQ(running(world), before);
  EXPECT_EQ(world.kubelet.jobRuns(), jobs);
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.1");
}

TEST(UpgradeOffer, MakesAPlanThatSaysHowToApproveIt) {
  RunningCloud world;
  world.ask("2025.2");
  ASSERT_THAT(world.names(kUpgradePlanKind), ElementsAre(world.planName()));
  const Json plan = *world.get(kUpgradePlanKind, world.planName());
  EXPECT_EQ(kube::controllerOf(plan)->uid, kube::uidOf(world.cloud()));
  EXPECT_TRUE(planFromJson(plan["spec"]));
  EXPECT_EQ(plan["spec"]["from"], "2025.1");
  EXPECT_EQ(plan["spec"]["to"], "2025.2");
  EXPECT_EQ(world.condition("Upgraded")["reason"], "PlanWaitsForApproval");
  EXPECT_THAT(world.upgradeMessage(),
              AllOf(HasSubstr("plan " + world.planName() + " waits for approval"), HasSubstr("get upgradeplan"),
                    HasSubstr(kube::stringAt(plan, "/spec/hash"))));
  EXPECT_EQ(world.waitingFor(), world.upgradeMessage());
  EXPECT_EQ(world.events.count("PlanWaitsForApproval"), 1);
}

TEST(UpgradeOffer, WaitingForApprovalIsRest) {
  RunningCloud world;
  world.ask("2025.2");
  world.api->clearRequests();
  world.restart();
  ASSERT_TRUE(world.reconcile());
  EXPECT_THAT(world.writes(), IsEmpty());
}

TEST(UpgradeOffer, AForbiddenRouteIsOneConditionAndOneEventWithTheLegalRoute) {
  RunningCloud world;
  const auto before = running(world);
  world.ask("2026.2");
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Upgraded")["reason"], "RouteForbidden");
  EXPECT_THAT(world.upgradeMessage(), HasSubstr("the legal route is 2025.1 -> 2026.1 -> 2026.2"));
  EXPECT_EQ(world.events.count("RouteForbidden"), 1);
  EXPECT_THAT(world.names(kUpgradePlanKind), IsEmpty());
  EXPECT_EQ(running(world), before);
  EXPECT_TRUE(world.isReady());
}

TEST(UpgradeOffer, AChangeThatTheHopCannotCarryIsNamed) {
  RunningCloud world;
  world.changeSpec("/services/glance/image", "example.org/mine:1");
  world.ask("2025.2");
  EXPECT_EQ(world.condition("Upgraded")["reason"], "CannotPlan");
  EXPECT_THAT(world.upgradeMessage(), HasSubstr("spec.services.glance.image"));
}

TEST(UpgradeOffer, AChangedCloudMakesAnotherPlan) {
  RunningCloud world;
  world.ask("2025.2");
  const std::string first = world.planName();
  world.changeSpec("/services/keystone/replicas", 3);
  ASSERT_TRUE(world.settleReady());
  EXPECT_NE(world.planName(), first);
  EXPECT_THAT(world.names(kUpgradePlanKind), SizeIs(2));
  world.changeSpec("/services/keystone/replicas", 2);
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(world.planName(), first) << "the same cloud has the same plan";
}

TEST(UpgradeOffer, PlansThatNobodyApprovedDoNotPileUp) {
  RunningCloud world;
  world.ask("2025.2");
  const std::string approved = world.planName();
  Json run = kube::newObject(kUpgradeRunKind, {world.key.ns, "up"});
  run["spec"] = {{"plan", approved}};
  ASSERT_TRUE(world.api->create(kUpgradeRunKind, run));
  for (int replicas = 3; replicas < 9; ++replicas) {
    world.changeSpec("/services/keystone/replicas", replicas);
    ASSERT_TRUE(world.settleReady());
  }
  EXPECT_THAT(world.names(kUpgradePlanKind), SizeIs(2 + kKeptPlans)) << "the approved, the present, and some old ones";
  EXPECT_TRUE(world.get(kUpgradePlanKind, approved));
  EXPECT_TRUE(world.get(kUpgradePlanKind, world.planName()));
}

TEST(UpgradeOffer, AskingForTheRunningReleaseAgainTakesTheOfferBack) {
  RunningCloud world;
  world.ask("2025.2");
  world.ask("2025.1");
  EXPECT_EQ(world.condition("Upgraded")["reason"], "AtRelease");
  EXPECT_EQ(world.planName(), "");
  EXPECT_EQ(world.waitingFor(), "");
}

TEST(UpgradeOffer, ACloudThatNeverRanTakesTheReleaseOfItsSpec) {
  World world;
  world.createCloud();
  world.kubelet.hold("demo-database");
  ASSERT_TRUE(world.settle());
  world.changeSpec("/release", "2025.2");
  world.kubelet.release();
  ASSERT_TRUE(world.settleReady());
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.2");
  EXPECT_THAT(world.names(kUpgradePlanKind), IsEmpty());
}

}  // namespace
}  // namespace windlass::ops
