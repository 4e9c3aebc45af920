// With `changes: Planned` new settings of a service wait, are tried and rolled as a release is, and can be taken back.
#include <gmock/gmock.h>

#include "canary_world.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kDebug = "/services/keystone/config";
const Json kOn = {{"DEFAULT", {{"debug", true}}}};
const Json kOff = {{"DEFAULT", {{"debug", false}}}};

Json plannedSpec() {
  Json spec = World::smallSpec();
  spec["changes"] = "Planned";
  spec["services"]["keystone"]["config"] = kOff;
  return spec;
}

// A cloud that runs with debug off.
struct PlannedWorld : UpgradeWorld {
  explicit PlannedWorld(const Json& spec = plannedSpec()) : UpgradeWorld(spec, "2025.1") {}

  void say(const std::string& pointer, const Json& value) {
    changeSpec(pointer, value);
    if (!settle()) throw std::runtime_error("no rest");
  }
  using UpgradeWorld::say;
  std::string inUse() const { return kube::stringAt(cloud(), "/status/settings"); }
  std::string upgradedReason() const { return kube::stringAt(condition("Upgraded"), "/reason"); }
  // Of all config maps that pods of the API mount: "on", "off", or both.
  std::string debug() const {
    std::string out;
    for (const Json& deployment : list(kinds::Deployment)) {
      if (kube::labelOf(deployment, kServiceLabel) != "keystone") continue;
      for (const Json& volume : deployment.at("/spec/template/spec/volumes"_json_pointer)) {
        if (kube::stringAt(volume, "/name") != "config") continue;
        const auto config = get(kinds::ConfigMap, kube::stringAt(volume, "/configMap/name"));
        const bool on = config && config->at("data").dump().find("debug = true") != std::string::npos;
        out += (out.empty() ? "" : ",") + std::string(on ? "on" : "off");
      }
    }
    return out;
  }
  // What keeps running, by name and generation: the same as before when nothing moved.
  std::map<std::string, std::int64_t> workloads() const {
    std::map<std::string, std::int64_t> out;
    for (const Json& one : list(kinds::Deployment)) out[kube::nameOf(one)] = kube::generationOf(one);
    return out;
  }
};

TEST(Settings, ThoseOfACompleteCloudAreRecordedAsAControllerRevisionOfTheCloud) {
  PlannedWorld world;
  EXPECT_THAT(world.inUse(), testing::MatchesRegex("demo-settings-[0-9a-f]{10}"));
  EXPECT_EQ(world.cloud()["status"]["settingsRevision"], 1);
  const Json kept = *world.get(kinds::ControllerRevision, world.inUse());
  EXPECT_EQ(kept["data"], Json({{"services", {{"keystone", {{"config", kOff}}}}}}));
  EXPECT_EQ(kube::controllerOf(kept)->uid, kube::uidOf(world.cloud()));
  EXPECT_EQ(world.upgradedReason(), "AtRelease");
}

TEST(Settings, ACloudWhoseChangesAreDirectKeepsNoneAndRollsAtOnce) {
  Json spec = plannedSpec();
  spec.erase("changes");
  PlannedWorld world(spec);
  EXPECT_EQ(world.inUse(), "");
  world.say(kDebug, kOn);
  EXPECT_EQ(world.debug(), "on");
  EXPECT_THAT(world.names(kinds::ControllerRevision), IsEmpty());
  EXPECT_THAT(world.names(kUpgradePlanKind), IsEmpty());
}

TEST(Settings, ChangedOnesMoveNothingAndOfferAPlan) {
  PlannedWorld world;
  const auto before = world.workloads();
  const auto jobs = world.kubelet.jobRuns();
  const std::string used = world.inUse();
  world.say(kDebug, kOn);
  EXPECT_EQ(world.workloads(), before);
  EXPECT_EQ(world.kubelet.jobRuns(), jobs);
  EXPECT_EQ(world.inUse(), used);
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.upgradedReason(), "PlanWaitsForApproval");
  EXPECT_THAT(world.waitingFor(), AllOf(HasSubstr("new settings of keystone are held"), HasSubstr("approve it")));
  const Json plan = world.plan()["spec"];
  EXPECT_EQ(plan["route"], "settings");
  EXPECT_EQ(plan["from"], plan["to"]);
  EXPECT_EQ(plan["settingsFrom"], used);
  EXPECT_EQ(plan["changes"], Json({"services.keystone.config.DEFAULT.debug: false -> true"}));
  EXPECT_TRUE(world.get(kinds::ControllerRevision, kube::stringAt(plan, "/settingsTo")));
  world.api->clearRequests();
  ASSERT_TRUE(world.reconcile());
  EXPECT_THAT(world.writes(), IsEmpty()) << "at rest";
}

TEST(Settings, AnApprovedPlanTriesRollsAndSoaksThem) {
  PlannedWorld world;
  const std::string used = world.inUse();
  world.say(kDebug, kOn);
  world.approveAndHold("demo-keystone-api");
  EXPECT_EQ(world.cursor(), "keystone/roll/api");
  EXPECT_THAT(world.debug(), AllOf(HasSubstr("on"), HasSubstr("off"))) << "the new beside the old";
  const std::string wanted = kube::stringAt(world.plan(), "/spec/settingsTo");
  EXPECT_EQ(world.cloud()["status"]["components"], Json({{"keystone/api", "2025.1@" + wanted}}));
  EXPECT_EQ(world.inUse(), used);
  EXPECT_TRUE(world.isReady());
  world.kubelet.release();
  world.live();
  ASSERT_EQ(world.mode(), "Done") << world.message();
  EXPECT_THAT(world.message(), HasSubstr("demo runs the new settings"));
  EXPECT_EQ(world.inUse(), wanted);
  EXPECT_EQ(world.cloud()["status"]["settingsRevision"], 2);
  EXPECT_FALSE(world.cloud()["status"].contains("components"));
  EXPECT_EQ(world.debug(), "on");
  EXPECT_EQ(world.upgradedReason(), "AtRelease");
  EXPECT_EQ(world.waitingFor(), "");
  EXPECT_THAT(world.names(kinds::ControllerRevision), testing::UnorderedElementsAre(used, wanted)) << "and one before";
}

TEST(Settings, ARollbackInTheMiddleOfTheRollGivesBackTheOldOnes) {
  PlannedWorld world;
  const std::string used = world.inUse();
  world.say(kDebug, kOn);
  world.approveAndHold("demo-keystone-api");
  ASSERT_THAT(world.debug(), HasSubstr("on"));
  world.say("state", "RolledBack", "up");
  world.live();
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Aborted") << world.run().dump(1);
  EXPECT_EQ(world.debug(), "off");
  EXPECT_EQ(world.inUse(), used);
  EXPECT_FALSE(world.cloud()["status"].contains("components"));
  EXPECT_EQ(world.upgradedReason(), "PlanWaitsForApproval") << "the spec still asks for it";
}

TEST(Settings, AnOldRunThatIsDoneDoesNotApproveTheSameChangeAgain) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  const std::string first = kube::nameOf(world.plan());
  world.approve("up");
  world.live();
  world.say(kDebug, kOff);
  world.approve("back");
  world.live();
  ASSERT_EQ(world.debug(), "off");
  world.say(kDebug, kOn);
  world.live();
  EXPECT_EQ(world.debug(), "off") << "nobody approved it this time";
  EXPECT_EQ(world.upgradedReason(), "PlanWaitsForApproval");
  EXPECT_NE(kube::nameOf(world.plan()), first);
}

TEST(Settings, ADeletedRunLeavesTheCloudAsItIsAndTheSamePlanGoesOn) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  const std::string plan = kube::nameOf(world.plan());
  world.approve();
  world.live([&] { return world.stepStatus("keystone/roll/api") == "Done"; });
  ASSERT_TRUE(world.reconcile());
  world.erase(kUpgradeRunKind, "up");
  world.restartAll();
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.debug(), "on");
  EXPECT_THAT(kube::stringAt(world.cloud(), "/status/components/keystone~1api"), HasSubstr("2025.1@demo-settings-"));
  EXPECT_EQ(kube::nameOf(world.plan()), plan);
  world.approve("again");
  world.live();
  EXPECT_EQ(world.mode("again"), "Done");
  EXPECT_FALSE(world.cloud()["status"].contains("components"));
}

TEST(Settings, PuttingTheSpecBackAfterADeletedRunSaysHowToGetOut) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.approve();
  world.live([&] { return world.stepStatus("keystone/roll/api") == "Done"; });
  ASSERT_TRUE(world.reconcile());
  world.erase(kUpgradeRunKind, "up");
  world.say(kDebug, kOff);
  EXPECT_EQ(world.debug(), "on") << "nothing moves without a plan";
  EXPECT_EQ(world.upgradedReason(), "CannotPlan");
  EXPECT_THAT(kube::stringAt(world.condition("Upgraded"), "/message"),
              AllOf(HasSubstr("keystone/api runs the settings of"), HasSubstr("rolled back")));
  world.say("/changes", "Direct");
  EXPECT_EQ(world.debug(), "off");
}

TEST(Settings, ASpecThatChangesDuringTheRunIsDrift) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.approveAndHold("demo-keystone-api");
  world.changeSpec("/services/keystone/config/DEFAULT/debug", "maybe");
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.message(), HasSubstr("the cloud changed"));
  EXPECT_EQ(world.debug(), "on") << "what was approved";
}

TEST(Settings, AChangeOfReplicasIsAppliedAtOnceWhileOthersWait) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.say("/services/keystone/replicas", 3);
  EXPECT_EQ(world.debug(), "off");
  EXPECT_EQ(world.only(kinds::Deployment, "demo-keystone-api")["spec"]["replicas"], 3);
  EXPECT_EQ(world.upgradedReason(), "PlanWaitsForApproval");
}

TEST(Settings, WhatChangesNothingThatRunsNeedsNoPlan) {
  PlannedWorld world;
  const auto before = world.workloads();
  const std::string used = world.inUse();
  world.say("/services/keystone/placement", {{"nodeSelector", Json::object()}});
  EXPECT_EQ(world.workloads(), before);
  EXPECT_NE(world.inUse(), used) << "they are in use from now on";
  EXPECT_EQ(world.upgradedReason(), "AtRelease");
}

TEST(Settings, ANewServiceIsThereAtOnceAndItsSettingsAreHeldFromThenOn) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.say("/services/placement", {{"replicas", 2}});
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.imageOf("placement"), "2025.1");
  EXPECT_EQ(world.debug(), "off") << "what waited goes on waiting";
  world.say("/services/placement/config", kOn);
  EXPECT_EQ(world.plan()["spec"]["services"], Json({"keystone", "placement"}));
  Json spec = world.cloud()["spec"];
  spec["services"].erase("placement");
  world.say("", spec);
  EXPECT_EQ(world.imageOf("placement"), "");
  EXPECT_EQ(world.plan()["spec"]["services"], Json({"keystone"}));
}

TEST(Settings, DirectAppliesWhatWaitedAtOnceAndPlannedHoldsFromThenOn) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.say("/changes", "Direct");
  EXPECT_EQ(world.debug(), "on");
  EXPECT_EQ(world.inUse(), "");
  EXPECT_THAT(world.names(kinds::ControllerRevision), IsEmpty());
  EXPECT_EQ(world.upgradedReason(), "AtRelease");
  world.say("/changes", "Planned");
  EXPECT_NE(world.inUse(), "");
  world.say(kDebug, kOff);
  EXPECT_EQ(world.debug(), "on");
  EXPECT_EQ(world.upgradedReason(), "PlanWaitsForApproval");
}

TEST(Settings, AHopTakesChangedOnesWithIt) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  world.say("/release", "2025.2");
  EXPECT_EQ(world.plan()["spec"]["to"], "2025.2");
  EXPECT_EQ(world.plan()["spec"]["changes"], Json({"services.keystone.config.DEFAULT.debug: false -> true"}));
  world.approveAndHold("keystone-old-code-probe");
  EXPECT_EQ(world.debug(), "off");
  world.kubelet.release();
  world.live();
  ASSERT_EQ(world.mode(), "Done") << world.message();
  EXPECT_EQ(world.debug(), "on");
  EXPECT_EQ(world.imageOf("keystone"), "2025.2");
  EXPECT_EQ(world.upgradedReason(), "AtRelease");
  EXPECT_THAT(world.names(kinds::ControllerRevision), SizeIs(2));
}

TEST(Settings, ThoseThatCannotBeRenderedAreHeldAndTheReasonIsSaid) {
  PlannedWorld world;
  world.say(kDebug, {{"no_such_section", {{"a", 1}}}});
  EXPECT_TRUE(world.isReady()) << "what runs goes on";
  EXPECT_EQ(world.upgradedReason(), "CannotPlan");
  EXPECT_THAT(kube::stringAt(world.condition("Upgraded"), "/message"), HasSubstr("no_such_section"));
}

TEST(Settings, LostOnesStopTheOperatorFromGuessing) {
  PlannedWorld world;
  world.say(kDebug, kOn);
  const auto before = world.workloads();
  const Json kept = *world.get(kinds::ControllerRevision, world.inUse());
  world.erase(kinds::ControllerRevision, world.inUse());
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.workloads(), before);
  EXPECT_THAT(world.waitingFor(), AllOf(HasSubstr(world.inUse()), HasSubstr("make it again from a copy")));
  world.say(kDebug, kOff);
  EXPECT_TRUE(world.isReady()) << "the spec says the same as they did";
  EXPECT_EQ((*world.get(kinds::ControllerRevision, world.inUse()))["data"], kept["data"]);
}

TEST(Settings, FarFromAllThatEverWereAreKept) {
  PlannedWorld world;
  for (const char* value : {"1", "2", "3", "4"}) world.say("/services/keystone/config/DEFAULT/max_param_size", value);
  EXPECT_THAT(world.names(kinds::ControllerRevision), SizeIs(3)) << "in use, offered, and one before";
}

// The same with two gateway pods and debug asked for.
struct PlannedCanary : CanaryWorld {
  PlannedCanary() : CanaryWorld(quickPolicy(), plannedSpec(), "2025.1") {
    changeSpec(kDebug, kOn);
    if (!settle()) throw std::runtime_error("no rest");
    begin();
  }
  std::size_t revisions() const {
    const auto all = list(kinds::Deployment);
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const Json& one) { return kube::labelOf(one, kServiceLabel) == "keystone"; }));
  }
};

TEST(Settings, AreJudgedWithAShareOfTheRequestsBeforeTheyRoll) {
  PlannedCanary world;
  ASSERT_TRUE(world.untilStage("one")) << world.waits();
  EXPECT_EQ(world.revisions(), 2U);
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  world.live();
  EXPECT_EQ(world.mode(), "Done") << world.message();
  EXPECT_EQ(world.revisions(), 1U);
  EXPECT_EQ(world.events.count("CanaryPassed"), 4);
  for (const char* pod : {"gateway-a", "gateway-b"})
    EXPECT_THAT(world.gateways.shares(pod), ElementsAre(0, 1000, 3000, 5000, 0)) << pod;
}

TEST(Settings, ThatAreBadAreTakenBackByTheirCanary) {
  PlannedCanary world;
  const std::string used = kube::stringAt(world.cloud(), "/status/settings");
  world.gateways.canary.errors = 0.5;
  ASSERT_TRUE(world.untilOver());
  world.live();
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_EQ(world.revisions(), 1U);
  EXPECT_EQ(kube::stringAt(world.cloud(), "/status/settings"), used);
  EXPECT_EQ(world.events.count("CanaryFailed"), 1);
}

// From the change of the spec to the end of its run.
struct Ended {
  std::string mode, debug, inUse;
  Json revision;
  std::vector<std::string> kept;
  int writes = 0;
  bool operator==(const Ended& other) const {
    return mode == other.mode && debug == other.debug && inUse == other.inUse && revision == other.revision &&
           kept == other.kept;
  }
};

// The operator dies before its n-th write; another one goes on.
Ended changedWithDeathAt(int death) {
  PlannedWorld world;
  MortalClient mortal(*world.api, death);
  world.client = &mortal;
  world.restartAll();
  const auto liveOn = [&] {
    world.live([&] { return mortal.dead(); });
    if (!mortal.dead() || world.client != &mortal) return world.live();
    world.client = world.api.get();
    world.restartAll();
    world.live();
  };
  world.changeSpec(kDebug, kOn);
  liveOn();
  world.approve();
  liveOn();
  return {world.mode(),
          world.debug(),
          world.inUse(),
          world.cloud()["status"]["settingsRevision"],
          world.names(kinds::ControllerRevision),
          mortal.writes()};
}

TEST(Settings, AnOperatorThatIsKilledAtAnyWriteArrivesAtTheSameEnd) {
  const Ended whole = changedWithDeathAt(1'000'000);
  ASSERT_EQ(whole.mode, "Done");
  ASSERT_EQ(whole.debug, "on");
  ASSERT_GT(whole.writes, 20);
  for (int death = 1; death <= whole.writes; death += 3) {
    const Ended ended = changedWithDeathAt(death);
    EXPECT_TRUE(ended == whole) << "death at write " << death << ": " << ended.mode << ", debug " << ended.debug;
  }
}

}  // namespace
}  // namespace windlass::ops
