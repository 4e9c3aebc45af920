// The way of a cloud from nothing to Ready, to rest, and through changes of its spec.
#include <algorithm>

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

TEST(Cloud, BecomesReadyAndSaysWhereItAnswers) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  EXPECT_EQ(world.waitingFor(), "");
  EXPECT_EQ(world.condition("Degraded")["status"], "False");
  EXPECT_EQ(world.condition("Upgradeable")["status"], "True");
  const Json cloud = world.cloud();
  EXPECT_EQ(cloud["status"]["observedGeneration"], cloud["metadata"]["generation"]);
  EXPECT_EQ(cloud["status"]["release"], "2025.1");
  EXPECT_THAT(kube::stringAt(cloud, "/status/endpoints/identity"), HasSubstr("5000"));
  EXPECT_EQ(cloud["status"]["services"]["keystone"]["readyReplicas"], 2);
  EXPECT_EQ(world.events.count("Ready"), 1);
}

TEST(Cloud, WaitsForTheDatabaseBeforeAnythingIsWrittenToIt) {
  World world;
  world.createCloud();
  world.kubelet.hold("demo-database");
  ASSERT_TRUE(world.settle());
  EXPECT_FALSE(world.isReady());
  EXPECT_THAT(world.waitingFor(), HasSubstr("StatefulSet demo-database"));
  EXPECT_EQ(world.condition("Progressing")["status"], "True");
  EXPECT_THAT(world.names(kinds::Job), IsEmpty());
  EXPECT_THAT(world.names(kinds::Deployment), Not(Contains(StartsWith("demo-keystone"))));
}

TEST(Cloud, EveryObjectCarriesItsLabelAndOwner) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  for (const kube::ResourceKind& kind : ownedKinds()) {
    for (const Json& object : world.list(kind)) {
      EXPECT_EQ(kube::labelOf(object, kCloudLabel), "demo") << refOf(object);
      EXPECT_EQ(kube::controllerOf(object).has_value(), !isKept(object)) << refOf(object);
    }
  }
}

TEST(Cloud, AtRestAsksForNoWriteAtAll) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  world.api->clearRequests();
  for (int i = 0; i < 3; ++i) {
    world.now += std::chrono::minutes(1);
    ASSERT_TRUE(world.reconcile());
  }
  world.restart();  // nor when the process starts again
  ASSERT_TRUE(world.reconcile());
  EXPECT_THAT(world.writes(), IsEmpty());
}

TEST(Cloud, EachJobRunsOnce) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  EXPECT_GE(world.kubelet.jobRuns().size(), 3U);
  for (const auto& [name, runs] : world.kubelet.jobRuns()) EXPECT_EQ(runs, 1) << name;
}

TEST(Cloud, AChangedConfigKeyRollsOnlyWhatItTouches) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  const Json database = world.only(kinds::StatefulSet, "demo-database");
  const std::string before = kube::nameOf(world.only(kinds::Deployment, "demo-keystone-api"));
  const auto runs = world.kubelet.jobRuns();

  world.changeSpec("/services/keystone/config", {{"token", {{"expiration", 7200}}}});
  world.kubelet.hold("demo-keystone-api");
  ASSERT_TRUE(world.settle());
  EXPECT_FALSE(world.isReady());
  EXPECT_TRUE(world.get(kinds::Deployment, before)) << "the old revision serves until the new one is ready";

  world.kubelet.release();
  ASSERT_TRUE(world.settleReady());
  EXPECT_NE(kube::nameOf(world.only(kinds::Deployment, "demo-keystone-api")), before);
  EXPECT_EQ(kube::generationOf(world.only(kinds::StatefulSet, "demo-database")), kube::generationOf(database));
  EXPECT_EQ(world.kubelet.jobRuns(), runs) << "no job depends on this key";
}

TEST(Cloud, TrafficMovesOnlyToARevisionThatIsReady) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  const auto target = [&] {
    return kube::labelOf(
        {{"metadata", {{"labels", (*world.get(kinds::Service, "demo-keystone-api"))["spec"]["selector"]}}}},
        kRevisionLabel);
  };
  const std::string before = target();
  world.changeSpec("/services/keystone/config", {{"token", {{"expiration", 7200}}}});
  world.kubelet.hold("demo-keystone-api");
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(target(), before);
  world.kubelet.release();
  ASSERT_TRUE(world.settleReady());
  EXPECT_NE(target(), before);
}

TEST(Cloud, TheFirstRevisionHasItsNameWhileItsPodsBecomeAvailable) {
  World world;
  world.createCloud();
  world.kubelet.hold("demo-keystone-api");
  ASSERT_TRUE(world.settle());
  EXPECT_FALSE(world.isReady());
  EXPECT_TRUE(world.get(kinds::Service, "demo-keystone-api"));
}

TEST(Cloud, ANameThatIsLostWhileARevisionComesWaitsForItsTurn) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  world.changeSpec("/services/keystone/config", {{"token", {{"expiration", 7200}}}});
  world.kubelet.hold("demo-keystone-api");
  ASSERT_TRUE(world.settle());
  world.erase(kinds::Service, "demo-keystone-api");
  ASSERT_TRUE(world.settle());
  EXPECT_FALSE(world.get(kinds::Service, "demo-keystone-api")) << "it would name pods that do not answer yet";
}

// A pod with these labels, of a set that nobody removes.
void addRunningPod(World& world, const std::string& name, const Json& labels) {
  Json pod = kube::newObject(kinds::Pod, {"openstack", name});
  pod["metadata"]["labels"] = labels;
  const auto set =
      world.api->create(kinds::ReplicaSet, kube::newObject(kinds::ReplicaSet, {"openstack", name + "-set"}));
  ASSERT_TRUE(set && kube::setController(pod, *set, kinds::ReplicaSet));
  world.addPod(pod, {{"phase", "Running"}});
}

TEST(Cloud, IsReadyOnlyWhenThePodsOfTheOldRevisionHaveLeft) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  const Json old = world.only(kinds::Deployment, "demo-keystone-api-");
  addRunningPod(world, "old-pod", old.at("/spec/template/metadata/labels"_json_pointer));
  world.changeSpec("/services/keystone/config", {{"token", {{"expiration", 7200}}}});
  ASSERT_TRUE(world.settle());
  EXPECT_FALSE(world.isReady());
  EXPECT_EQ(world.condition("Ready")["reason"], "OldRevisionLeaves");
  EXPECT_THAT(world.waitingFor(), HasSubstr("old-pod"));
  EXPECT_FALSE(world.get(kinds::Deployment, kube::nameOf(old))) << "it goes as soon as it has no traffic";
  world.erase(kinds::Pod, "old-pod");
  EXPECT_TRUE(world.settleReady());
}

TEST(Cloud, StaysReadyWhileThePodsOfARevisionThatWasOnlyTriedLeave) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  Json labels = world.only(kinds::Deployment, "demo-keystone-api-").at("/spec/template/metadata/labels"_json_pointer);
  labels[std::string(kRevisionLabel)] = "tried";
  addRunningPod(world, "tried-pod", labels);
  ASSERT_TRUE(world.settleReady());
  EXPECT_THAT(world.waitingFor(), HasSubstr("tried-pod"));
}

TEST(Cloud, AChangedReplicaCountChangesNoRevision) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  const Json before = world.only(kinds::Deployment, "demo-keystone-api");
  world.changeSpec("/services/keystone/replicas", 3);
  ASSERT_TRUE(world.settleReady());
  const Json after = world.only(kinds::Deployment, "demo-keystone-api");
  EXPECT_EQ(kube::nameOf(after), kube::nameOf(before));
  EXPECT_EQ(kube::intAt(after, "/spec/replicas"), 3);
}

TEST(Cloud, AnUnknownServiceIsNamedAndWhatRunsIsLeftAlone) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  world.changeSpec("/services/nothing", {{"replicas", 1}});
  world.api->clearRequests();
  ASSERT_TRUE(world.settle());
  EXPECT_EQ(world.condition("Ready")["status"], "False");
  EXPECT_EQ(world.condition("Ready")["reason"], "InvalidSpec");
  EXPECT_THAT(kube::stringAt(world.condition("Ready"), "/message"), HasSubstr("spec.services.nothing"));
  EXPECT_EQ(world.events.count("InvalidSpec"), 1);
  EXPECT_EQ(world.writes(), std::vector<std::string>{"apply OpenStackCloud/demo/status"});
}

TEST(Cloud, AnUnknownReleaseOrConfigSectionIsRefusedBeforeAnythingIsMade) {
  for (const auto& [pointer, value] : std::map<std::string, Json>{
           {"/release", "1999.1"}, {"/services/keystone/config", {{"tokn", {{"expiration", 1}}}}}}) {
    World world;
    Json spec = World::smallSpec();
    spec[Json::json_pointer(pointer)] = value;
    world.createCloud(spec);
    ASSERT_TRUE(world.settle());
    EXPECT_EQ(world.condition("Ready")["reason"], "InvalidSpec") << pointer;
    for (const kube::ResourceKind& kind : ownedKinds()) EXPECT_THAT(world.names(kind), IsEmpty()) << kind.kind;
  }
}

TEST(Cloud, ACorrectedSpecGoesOn) {
  World world;
  Json spec = World::smallSpec();
  spec["release"] = "1999.1";
  world.createCloud(spec);
  ASSERT_TRUE(world.settle());
  world.changeSpec("/release", "2025.1");
  EXPECT_TRUE(world.settleReady()) << world.waitingFor();
}

}  // namespace
}  // namespace windlass::ops
