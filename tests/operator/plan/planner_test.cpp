// What a plan says of the real hops, and what it refuses.
#include <algorithm>

#include <gmock/gmock.h>

#include "plan_fixture.h"

namespace windlass::ops::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Route, TheFourHopsOfTheReleasesAreLegal) {
  EXPECT_THAT(legalHops(), testing::UnorderedElementsAre(std::pair("2025.1", "2025.2"), std::pair("2025.2", "2026.1"),
                                                         std::pair("2025.1", "2026.1"), std::pair("2026.1", "2026.2")));
}

TEST(Route, SkippingTheSlurpReleaseIsRefusedWithTheLegalRoute) {
  EXPECT_THAT(refusal(wholeCloud("2025.1"), "2026.2"),
              AllOf(HasSubstr("2025.1 -> 2026.2 is not a legal hop"),
                    HasSubstr("the legal route is 2025.1 -> 2026.1 -> 2026.2, plan 2025.1 -> 2026.1 first")));
}

TEST(Route, LeavingANonSlurpReleaseBySkippingIsRefused) {
  EXPECT_THAT(refusal(wholeCloud("2025.2"), "2026.2"),
              AllOf(HasSubstr("is no SLURP release"), HasSubstr("2025.2 -> 2026.1 -> 2026.2")));
}

TEST(Route, BackwardsIsRefusedAndSaysWhatLeadsBack) {
  EXPECT_THAT(refusal(wholeCloud("2026.1"), "2025.2"),
              AllOf(HasSubstr("leads backwards"), HasSubstr("rollback"), HasSubstr("backup")));
}

TEST(Route, AnUnknownReleaseIsRefusedWithTheKnownOnes) {
  EXPECT_THAT(refusal(wholeCloud("2025.1"), "2027.1"),
              HasSubstr("no release is named \"2027.1\", known are 2025.1, 2025.2, 2026.1, 2026.2"));
}

TEST(Route, TheSameReleaseIsNothingToPlan) {
  EXPECT_THAT(refusal(wholeCloud("2025.1"), "2025.1"), HasSubstr("runs 2025.1 already"));
}

TEST(Refusal, ARemovedOptionIsNamedWithItsSuccessor) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services["nova"].config["api"]["neutron_default_tenant_id"] = {"x"};
  EXPECT_THAT(refusal(cloud, "2025.2"),
              AllOf(HasSubstr("spec.services.nova.config.api.neutron_default_tenant_id: is removed in 2025.2"),
                    HasSubstr("neutron_default_project_id")));
  EXPECT_THAT(refusal(cloud, "2026.1"), HasSubstr("is removed in 2026.1"));
}

TEST(Refusal, APatternCoversOptionsAndFilesAndAnyService) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services["nova"].config["nova.conf/DEFAULT"]["vendordata_providers"] = {"x"};
  EXPECT_THAT(refusal(cloud, "2025.2"), HasSubstr("vendordata_providers"));
  OpenStackCloud other = wholeCloud("2026.1");
  other.spec.services["cinder"].config["oslo_policy"]["enforce_scope"] = {"false"};
  EXPECT_THAT(refusal(other, "2026.2"), HasSubstr("spec.services.cinder.config.oslo_policy.enforce_scope"));
}

TEST(Refusal, AnOptionThatIsRemovedWithOneValueMayHaveAnother) {
  OpenStackCloud cloud = wholeCloud("2026.1");
  cloud.spec.services["glance"].config["task"]["task_executor"] = {"taskflow"};
  EXPECT_EQ(refusal(cloud, "2026.2"), "accepted");
  cloud.spec.services["glance"].config["task"]["task_executor"] = {"eventlet"};
  EXPECT_THAT(refusal(cloud, "2026.2"), HasSubstr("task_executor"));
}

TEST(Refusal, OldComputesStopTheHopBeforeAnyStep) {
  CloudFacts observed = hosts(3);
  observed.serviceRecords["nova-compute"] = 70;
  EXPECT_THAT(refusal(wholeCloud("2026.1"), "2026.2", observed),
              AllOf(HasSubstr("the lowest nova-compute is of version 70, 72 is needed")));
  observed.serviceRecords["nova-compute"] = 72;
  EXPECT_EQ(refusal(wholeCloud("2026.1"), "2026.2", observed), "accepted");
}

TEST(Refusal, TheSlurpHopAsksForItsOwnMinimumOnce) {
  const UpgradePlan slurp = planned("2025.1", "2026.1");
  EXPECT_EQ(slurp.steps[at(slurp, "nova/gate/nova-minimum-compute")].with.at("minimum"), "68");
}

TEST(Refusal, AnImageOfAPersonWouldNotBeReplaced) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services["glance"].image = "mine/glance:1";
  EXPECT_THAT(refusal(cloud, "2025.2"), HasSubstr("spec.services.glance.image: is set to \"mine/glance:1\""));
}

TEST(Refusal, AServiceWithoutSequenceGetsTheNearestName) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services["glanec"] = {};
  EXPECT_THAT(
      refusal(cloud, "2025.2"),
      HasSubstr("spec.services.glanec: there is no sequence for it in upgrades/sequences, did you mean glance?"));
}

TEST(Refusal, ACloudThatRunsSomethingElseIsNotPlanned) {
  CloudFacts observed;
  observed.runningRelease = "2025.2";
  EXPECT_THAT(refusal(wholeCloud("2025.1"), "2025.2", observed), HasSubstr("the cloud runs 2025.2, not 2025.1"));
}

TEST(Order, IdentityComesFirstAndTheDashboardAfterWhatItShows) {
  const UpgradePlan plan = planned("2025.1", "2025.2");
  EXPECT_EQ(plan.services.front(), "keystone");
  EXPECT_EQ(plan.services.back(), "horizon");
}

TEST(Order, AServiceWhoseSchemaHasNoWayBackComesLast) {
  EXPECT_EQ(planned("2025.2", "2026.1").services.back(), "neutron");
  EXPECT_EQ(planned("2025.1", "2026.1").services.back(), "neutron");
}

TEST(Order, HardEdgesHoldInEveryHop) {
  for (const auto& [from, to] : legalHops()) {
    const UpgradePlan plan = planned(from, to);
    EXPECT_LT(at(plan, "nova/roll/conductor"), at(plan, "nova/canary/api/header")) << from << to;
    EXPECT_LT(at(plan, "nova/roll/conductor"), at(plan, "nova/canary/metadata/header")) << from << to;
    EXPECT_LT(at(plan, "nova/roll/api"), at(plan, "nova/ring/compute/first")) << from << to;
    EXPECT_LT(at(plan, "neutron/roll/rpc-server"), at(plan, "neutron/ring/agents/first")) << from << to;
    EXPECT_LT(at(plan, "neutron/roll/api"), at(plan, "neutron/ring/agents/first")) << from << to;
    EXPECT_LT(at(plan, "ironic/pin/release"), at(plan, "ironic/roll/conductor")) << from << to;
    EXPECT_LT(at(plan, "ironic/canary/api/half"), at(plan, "ironic/unpin/release")) << from << to;
    EXPECT_LT(at(plan, "ironic/unpin/release"), at(plan, "ironic/online/online-data")) << from << to;
    EXPECT_LT(at(plan, "nova/check/upgrade-check"), at(plan, "nova/schema/api-db")) << from << to;
  }
}

TEST(Order, EnginesOfDifferentReleasesNeverMeetOnTheWayTo2026_1) {
  for (const char* from : {"2025.1", "2025.2"}) {
    const UpgradePlan plan = planned(from, "2026.1");
    const std::size_t stop = at(plan, "heat/stop/engine");
    EXPECT_EQ(at(plan, "heat/start/engine"), stop + 1);
    EXPECT_FALSE(plan.steps[stop + 1].besideOld);
    EXPECT_TRUE(plan.steps[stop].downtime);
    EXPECT_EQ(at(plan, "heat/gate/heat-idle") + 1, stop);
  }
  const UpgradePlan other = planned("2025.1", "2025.2");
  EXPECT_GT(at(other, "heat/roll/engine"), 0U);
}

TEST(Order, EveryBackupComesBeforeTheFirstSchemaStepOfItsService) {
  for (const auto& [from, to] : legalHops()) {
    const UpgradePlan plan = planned(from, to);
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
      if (plan.steps[i].kind != StepKind::Schema) continue;
      EXPECT_LT(at(plan, plan.steps[i].service + "/backup"), i);
    }
  }
}

TEST(PointOfNoReturn, IsTheDestructiveExpandWhereThereIsOneElseTheFirstUnpin) {
  const UpgradePlan destructive = planned("2025.2", "2026.1");
  EXPECT_EQ(destructive.steps.at(destructive.pointOfNoReturn).id, "neutron/schema/expand");
  const UpgradePlan plain = planned("2025.1", "2025.2");
  EXPECT_EQ(plain.steps.at(plain.pointOfNoReturn).phase, StepPhase::Unpin);
}

TEST(PointOfNoReturn, IsTheContractForServicesWithoutMessages) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services = {{"keystone", {}}, {"glance", {}}};
  const auto made = plan(realCatalog(), cloud, {.from = "", .to = "2025.2"}, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->steps.at(made->pointOfNoReturn).id, "keystone/schema/contract");
  EXPECT_EQ(made->steps.at(made->pointOfNoReturn - 1).id, "cloud/approve-contract");
}

TEST(Steps, CommandsCarryTheirExactWordsImageAndExitCodes) {
  const UpgradePlan plan = planned("2025.1", "2025.2");
  const Step& online = plan.steps[at(plan, "cinder/online/online-data")];
  EXPECT_THAT(online.command, ElementsAre("cinder-manage", "db", "online_data_migrations", "--max_count", "1000"));
  EXPECT_THAT(online.exit.repeat, ElementsAre(1));
  EXPECT_EQ(online.image, "windlass.dev/openstack:2025.2");
  EXPECT_EQ(plan.steps[at(plan, "cinder/finish-old/online-data")].image, "windlass.dev/openstack:2025.1");
}

TEST(Steps, ABrokenCheckOfAReleaseIsLetPassOnlyThere) {
  const UpgradePlan broken = planned("2026.1", "2026.2");
  EXPECT_THAT(broken.steps[at(broken, "glance/check/upgrade-check")].exit.warn, Contains(255));
  const UpgradePlan sound = planned("2025.1", "2025.2");
  EXPECT_THAT(sound.steps[at(sound, "glance/check/upgrade-check")].exit.warn, testing::Not(Contains(255)));
}

TEST(Steps, StoppingTakesAsLongAsTheReleaseThatRunsNeeds) {
  const UpgradePlan early = planned("2025.1", "2025.2");
  EXPECT_EQ(early.steps[at(early, "nova/roll/conductor")].with.at("stopSeconds"), "70");
  const UpgradePlan late = planned("2026.1", "2026.2");
  EXPECT_EQ(late.steps[at(late, "nova/roll/conductor")].with.at("stopSeconds"), "190");
}

TEST(Steps, TheConcurrencyModeDoesNotChangeInAHop) {
  EXPECT_EQ(planned("2025.2", "2026.1").environment.at("nova").at("OS_NOVA_DISABLE_EVENTLET_PATCHING"), "false");
}

TEST(Steps, WhoCannotJudgeACanaryRollsAtOnceAndThePlanSaysSo) {
  const auto made = plan(realCatalog(), wholeCloud("2025.1"), {.from = "", .to = "2025.2", .canary = false}, hosts(3));
  ASSERT_TRUE(made) << made.error().message;
  for (const Step& step : made->steps) EXPECT_NE(step.kind, StepKind::Canary) << step.id;
  EXPECT_LT(at(*made, "keystone/roll/api"), made->steps.size());
  EXPECT_THAT(made->assumptions, Contains(HasSubstr("APIs roll without a canary")));
}

TEST(Rings, EveryHostIsInOneRing) {
  for (const int count : {1, 2, 19, 100, 1000}) {
    const UpgradePlan plan = planned("2025.1", "2025.2", count);
    std::vector<std::string> all;
    for (const PlanRing& ring : plan.rings) all.insert(all.end(), ring.hosts.begin(), ring.hosts.end());
    EXPECT_EQ(all, hosts(count).hosts);
    EXPECT_EQ(plan.rings.front().hosts.size(), 1U);
  }
}

TEST(Rings, UnknownHostsAreAnAssumptionOfThePlan) {
  const UpgradePlan plan = planned("2025.1", "2025.2", 0);
  EXPECT_THAT(plan.assumptions, Contains(HasSubstr("hosts of agents were not known")));
  EXPECT_EQ(plan.rings.size(), 4U);
}

}  // namespace
}  // namespace windlass::ops::test
