// An approved plan is carried out, step by step, and everything that may come in between.
#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "upgrade_world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::set<std::string> stepJobs(const World& world) {
  std::set<std::string> out;
  for (const Json& job : world.list(kinds::Job)) {
    if (!kube::labelOf(job, kRunLabel).empty()) out.insert(kube::nameOf(job));
  }
  return out;
}

TEST(UpgradeRun, TakesThreeServicesFromOneReleaseToTheNext) {
  UpgradeWorld world;
  world.approve();
  world.live();
  ASSERT_EQ(world.mode(), "Done") << world.run().dump(1);
  for (const char* service : {"keystone", "glance", "placement"}) EXPECT_EQ(world.imageOf(service), "2025.2");
  const Json cloud = world.cloud();
  EXPECT_EQ(cloud["status"]["release"], "2025.2");
  EXPECT_FALSE(cloud["status"].contains("components"));
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.condition("Upgraded")["reason"], "AtRelease");
  EXPECT_EQ(world.runCondition("Complete")["status"], "True");
  EXPECT_EQ(world.waitingFor(), "");

  // Every step acted once.
  const Json plan = *world.get(kUpgradePlanKind, kube::stringAt(world.run(), "/spec/plan"));
  std::size_t commands = 0;
  for (const Json& step : plan["spec"]["steps"]) {
    const std::string id = step["id"].get<std::string>();
    EXPECT_EQ(world.stepStatus(id), "Done") << id;
    EXPECT_EQ(world.stepRecord(id)["attempt"], 1) << id;
    const bool acts = step.contains("command") || step["kind"] == "Backup" || step["kind"] == "Probe";
    commands += acts ? 1 : 0;
    EXPECT_EQ(!world.jobOf(id).empty(), acts) << id;
  }
  EXPECT_THAT(stepJobs(world), SizeIs(commands));
  for (const auto& [name, runs] : world.kubelet.jobRuns()) EXPECT_EQ(runs, 1) << name;
}

TEST(UpgradeRun, AStepRunsTheWordsOfThePlanWithImageConfigAndSecretsOfItsService) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  EXPECT_EQ(world.cursor(), "keystone/schema/expand");
  const Json job = *world.get(kinds::Job, world.jobOf("keystone/schema/expand"));
  const Json& pod = job["spec"]["template"]["spec"];
  const Json& container = pod["containers"][0];
  EXPECT_EQ(container["image"], "windlass.dev/openstack:2025.2");
  EXPECT_EQ(container["command"], Json({"keystone-manage", "db_sync", "--expand"}));
  EXPECT_FALSE(container.contains("args"));
  EXPECT_THAT(container["env"].dump(), HasSubstr("OS_DATABASE__CONNECTION"));
  EXPECT_THAT(container["volumeMounts"].dump(), HasSubstr("/etc/keystone/keystone.conf"));
  EXPECT_EQ(job["spec"]["backoffLimit"], 0);
  EXPECT_EQ(pod["restartPolicy"], "Never");
  EXPECT_EQ(kube::controllerOf(job)->uid, kube::uidOf(world.run()));
  EXPECT_TRUE(world.get(kinds::ConfigMap, kube::nameOf(job)));
  EXPECT_THAT(kube::stringAt(world.run(), "/status/waitingFor"), HasSubstr("keystone/schema/expand"));
}

TEST(UpgradeRun, BackupAndProbeRunTheOldReleasesWay) {
  UpgradeWorld world;
  world.approveAndHold("glance-old-code-probe");
  const Json backup = *world.get(kinds::Job, world.jobOf("glance/backup"));
  EXPECT_EQ(backup.at("/spec/template/spec/containers/0/image"_json_pointer), "windlass.dev/mariadb:11.8");
  EXPECT_THAT(backup.dump(), AllOf(HasSubstr("mariadb-dump"), HasSubstr("demo-database-backup")));
  EXPECT_TRUE(world.get(kinds::PersistentVolumeClaim, "demo-database-backup"));
  const Json probe = *world.get(kinds::Job, world.jobOf("glance/old-code-probe"));
  EXPECT_EQ(probe.at("/spec/template/spec/containers/0/image"_json_pointer), "windlass.dev/openstack:2025.1");
  EXPECT_EQ(world.imageOf("glance"), "2025.1") << "its turn has not come";
  EXPECT_EQ(world.imageOf("keystone"), "2025.2");
}

TEST(UpgradeRun, OnlyTheServiceWhoseTurnItIsChanges) {
  UpgradeWorld world;
  world.approveAndHold("demo-keystone-api");
  EXPECT_EQ(world.cursor(), "keystone/roll/api");
  EXPECT_THAT(world.imageOf("keystone"), AllOf(HasSubstr("2025.1"), HasSubstr("2025.2"))) << "the new beside the old";
  EXPECT_EQ(world.imageOf("glance"), "2025.1");
  EXPECT_EQ(world.cloud()["status"]["components"], Json({{"keystone/api", "2025.2"}}));
  EXPECT_TRUE(world.isReady()) << "the old revision has the requests";
  EXPECT_EQ(world.condition("Progressing")["status"], "True");
  EXPECT_EQ(world.condition("Upgradeable")["status"], "False");
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Done");
}

TEST(UpgradeRun, AtRestAsksForNoWrite) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  world.api->clearRequests();
  world.restartAll();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(world.reconcileRun());
    ASSERT_TRUE(world.reconcile());
  }
  EXPECT_THAT(world.writes(), IsEmpty());
}

TEST(UpgradeRun, AQuestionWithoutAnAnswerIsWaitedForAndSaysHowToAnswer) {
  UpgradeWorld world;
  world.approve();
  Json said = world.run()["spec"]["acknowledged"];
  said.erase(0);
  world.say("acknowledged", said);
  world.live();
  EXPECT_EQ(world.cursor(), "cloud/gate/room-for-surge");
  EXPECT_THAT(
      kube::stringAt(world.run(), "/status/waitingFor"),
      AllOf(HasSubstr("one more pod of every component"), HasSubstr("add room-for-surge to spec.acknowledged")));
  said.push_back("room-for-surge");
  world.say("acknowledged", said);
  world.live();
  EXPECT_EQ(world.mode(), "Done");
}

TEST(UpgradeRun, TheContractWaitsForItsOwnApproval) {
  UpgradeWorld world;
  world.approve();
  world.say("contractApproved", false);
  world.live();
  EXPECT_EQ(world.cursor(), "cloud/approve-contract");
  EXPECT_THAT(kube::stringAt(world.run(), "/status/waitingFor"), HasSubstr("its own approval"));
  EXPECT_EQ(world.imageOf("placement"), "2025.2");
  world.say("contractApproved", true);
  world.live();
  EXPECT_EQ(world.mode(), "Done");
}

TEST(UpgradeRun, ACommandThatFailsStopsTheRunAndAResumeGoesOn) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.exits("glance-schema-expand", 3);
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.message(), HasSubstr("glance/schema/expand: its command ended with 3"));
  EXPECT_THAT(world.run()["status"]["actions"].dump(), AllOf(HasSubstr("resume"), HasSubstr("rollback")));
  EXPECT_EQ(world.runCondition("Degraded")["status"], "True");
  EXPECT_TRUE(world.isReady()) << "the cloud serves";
  EXPECT_EQ(world.condition("Upgraded")["reason"], "UpgradeFailed");
  world.live();
  EXPECT_EQ(world.mode(), "Failed") << "only a person makes it go on";

  world.kubelet.heals();
  world.say("resume", 1);
  world.live();
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_EQ(world.stepRecord("glance/schema/expand")["attempt"], 2);
}

TEST(UpgradeRun, AResumeIsAnsweredOnce) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.exits("glance-schema-expand", 3);
  world.live();
  world.say("resume", 1);
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_EQ(world.stepRecord("glance/schema/expand")["attempt"], 2);
  EXPECT_EQ(world.run()["status"]["resumed"], 1);
}

TEST(UpgradeRun, ALostPodIsExaminedBeforeTheStepIsTriedAgain) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.loses("keystone-schema-expand");
  world.kubelet.hold("-1-x");
  world.live();
  EXPECT_THAT(world.names(kinds::Job), Contains(HasSubstr("-1-x")));
  EXPECT_EQ(world.stepRecord("keystone/schema/expand")["attempt"], 1) << "nothing is repeated before it is known";
  world.kubelet.release();
  world.kubelet.heals();
  world.live();
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_EQ(world.stepRecord("keystone/schema/expand")["attempt"], 1) << "the examination found it done";
  EXPECT_THAT(kube::stringAt(world.stepRecord("keystone/schema/expand"), "/evidence"), HasSubstr("examined"));
}

TEST(UpgradeRun, AStepThatWasNotDoneWhenItsPodWasLostIsTriedAgain) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.loses("keystone-schema-expand");
  world.kubelet.hold("-1-x");
  world.live();
  world.kubelet.release();
  world.kubelet.heals();
  world.kubelet.exits("-1-x", 2);  // keystone-manage db_sync --check: expand is needed
  world.live();
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_EQ(world.stepRecord("keystone/schema/expand")["attempt"], 2);
}

TEST(UpgradeRun, AStepThatTakesTooLongIsEndedExaminedAndTriedAgain) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  const std::string first = world.jobOf("keystone/schema/expand");
  world.now += std::chrono::hours(1);
  world.live();
  EXPECT_FALSE(world.get(kinds::Job, first)) << "it is ended";
  EXPECT_EQ(world.cursor(), "keystone/schema/expand");
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Done") << world.message();
  EXPECT_EQ(world.stepRecord("keystone/schema/expand")["attempt"], 2) << "the examination found it not done";
}

TEST(UpgradeRun, AQuotaThatIsFullIsWaitedForAndSaid) {
  UpgradeWorld world;
  world.approve();
  bool full = true;
  world.api->setFaultInjector([&](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (!full || request.verb != "create" || request.kind != kinds::Job) return std::nullopt;
    return kube::Error{kube::ErrorKind::Forbidden, "exceeded quota: jobs", 403, std::nullopt, nullptr};
  });
  world.live();
  EXPECT_EQ(world.mode(), "Running");
  EXPECT_THAT(kube::stringAt(world.run(), "/status/waitingFor"), HasSubstr("exceeded quota"));
  full = false;
  world.live();
  EXPECT_EQ(world.mode(), "Done");
}

TEST(UpgradeRun, PauseStopsBetweenTwoStepsAndRunningGoesOn) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  world.say("state", "Paused");
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Paused");
  EXPECT_EQ(world.stepStatus("keystone/schema/expand"), "Done");
  EXPECT_EQ(world.cursor(), "keystone/schema/migrate");
  world.say("state", "Running");
  world.live();
  EXPECT_EQ(world.mode(), "Done");
}

TEST(UpgradeRun, ARollbackBeforeThePointOfNoReturnTakesEverythingBack) {
  UpgradeWorld world;
  world.approveAndHold("placement-old-code-probe");
  ASSERT_EQ(world.imageOf("keystone") + world.imageOf("glance"), "2025.22025.2");
  world.say("state", "RolledBack");
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Aborted") << world.run().dump(1);
  for (const char* service : {"keystone", "glance", "placement"}) EXPECT_EQ(world.imageOf(service), "2025.1");
  EXPECT_FALSE(world.cloud()["status"].contains("components"));
  EXPECT_EQ(world.cloud()["status"]["release"], "2025.1");
  EXPECT_TRUE(world.isReady());
  EXPECT_EQ(world.condition("Upgraded")["reason"], "PlanWaitsForApproval") << "the spec still asks for it";
}

TEST(UpgradeRun, ARollbackInTheMiddleOfARollTakesThatBackToo) {
  UpgradeWorld world;
  world.approveAndHold("demo-glance-api");
  ASSERT_THAT(world.imageOf("glance"), HasSubstr("2025.2"));
  world.say("state", "RolledBack");
  world.live([&] { return world.mode() == "RollingBack"; });
  EXPECT_EQ(world.mode(), "RollingBack") << "new pods that never become ready do not hold it up";
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Aborted") << world.run().dump(1);
  for (const char* service : {"keystone", "glance", "placement"}) EXPECT_EQ(world.imageOf(service), "2025.1");
}

TEST(UpgradeRun, ARollbackAfterThePointOfNoReturnIsRefusedWithTheWayForward) {
  UpgradeWorld world;
  world.approve();
  world.say("contractApproved", false);
  world.live();
  world.say("state", "RolledBack");
  world.live();
  EXPECT_EQ(world.mode(), "Running");
  EXPECT_EQ(world.runCondition("Refused")["status"], "True");
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"),
              AllOf(HasSubstr("point of no return"), HasSubstr("the way is forward")));
  EXPECT_EQ(world.events.count("Refused"), 1);
  EXPECT_EQ(world.imageOf("keystone"), "2025.2");
  world.say("state", "Running");
  world.say("contractApproved", true);
  world.live();
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_EQ(world.runCondition("Refused")["status"], "False");
}

TEST(UpgradeRun, ARollbackOfARunThatIsOverIsRefusedWithWhatLeadsBack) {
  UpgradeWorld world;
  world.approve();
  world.live();
  ASSERT_EQ(world.mode(), "Done");
  world.say("state", "RolledBack");
  world.live();
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"),
              HasSubstr("the run is over, and only its backups lead back"));
  EXPECT_EQ(world.mode(), "Done");
  EXPECT_EQ(world.events.count("Refused"), 1);
}

TEST(UpgradeRun, ACloudThatDriftsStopsTheRunBetweenTwoSteps) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  world.changeSpec("/services/placement/replicas", 3);
  world.kubelet.release();
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.message(), HasSubstr("the cloud changed since the plan was approved"));
  EXPECT_EQ(world.stepStatus("keystone/schema/migrate"), "") << "it was not begun";
  EXPECT_THAT(world.names(kUpgradePlanKind), SizeIs(2)) << "another plan is offered";
  EXPECT_THAT(kube::stringAt(world.condition("Upgraded"), "/message"),
              HasSubstr("not the one the run was approved for"));
  world.say("resume", 1);
  world.live();
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"), HasSubstr("the cloud changed"));

  world.changeSpec("/services/placement/replicas", 2);
  world.say("resume", 2);
  world.live();
  EXPECT_EQ(world.mode(), "Done") << world.run().dump(1);
}

TEST(UpgradeRun, AnOperatorOfANewerCatalogCarriesTheApprovedPlanOn) {
  UpgradeWorld world;
  world.approveAndHold("keystone-schema-expand");
  Catalog newer = realCatalog();
  newer.upgradeDefaults.seconds.soak += 1;
  newer.sequences.at("glance").schema.front().command.emplace_back("--in-other-words");
  world.catalog = &newer;
  world.restartAll();
  world.kubelet.release();
  world.live();
  ASSERT_EQ(world.mode(), "Done") << world.run().dump(1);
  EXPECT_THAT(world.get(kinds::Job, world.jobOf("glance/schema/expand"))->dump(), Not(HasSubstr("in-other-words")))
      << "what was approved is what runs";
  EXPECT_THAT(world.names(kUpgradePlanKind), SizeIs(1)) << "no other plan is offered for the same";
}

TEST(UpgradeRun, AnApprovalOfAnOutdatedPlanIsRefusedWithTheDifference) {
  UpgradeWorld world;
  world.approve();
  world.changeSpec("/services/keystone/replicas", 3);
  world.live();
  EXPECT_EQ(world.mode(), "Planned");
  EXPECT_EQ(world.runCondition("Refused")["reason"], "PlanChanged");
  EXPECT_THAT(
      kube::stringAt(world.runCondition("Refused"), "/message"),
      AllOf(HasSubstr(kube::nameOf(world.plan())), HasSubstr("keystone/roll/api: with"), HasSubstr("specDigest")));
  EXPECT_THAT(stepJobs(world), IsEmpty());
  world.approve("again");
  world.live([&] { return world.mode("again") == "Running"; });
  EXPECT_EQ(world.mode("again"), "Running");
}

TEST(UpgradeRun, AnotherHashThanThePlansIsRefused) {
  UpgradeWorld world;
  world.approve();
  world.say("approvedHash", "sha256:" + std::string(64, 'a'));
  world.live();
  EXPECT_EQ(world.mode(), "");
  EXPECT_EQ(world.runCondition("Refused")["reason"], "HashMismatch");
  EXPECT_THAT(stepJobs(world), IsEmpty());
}

TEST(UpgradeRun, TwoRunsOfACloudAreNotInWorkAtOnce) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.exits("glance-schema-expand", 3);
  world.live();
  ASSERT_EQ(world.mode(), "Failed");
  world.approve("second");
  world.live();
  EXPECT_EQ(world.mode("second"), "Planned");
  EXPECT_THAT(kube::stringAt(world.run("second"), "/status/waitingFor"), HasSubstr("the end of run up"));
}

TEST(UpgradeRun, DeletingARunLeavesTheCloudAsItIs) {
  UpgradeWorld world;
  world.approve();
  world.kubelet.exits("glance-schema-expand", 3);
  world.live();
  world.erase(kUpgradeRunKind, "up");
  world.live();
  EXPECT_EQ(world.imageOf("keystone"), "2025.2");
  EXPECT_EQ(world.imageOf("glance"), "2025.1");
  EXPECT_EQ(world.cloud()["status"]["components"], Json({{"keystone/api", "2025.2"}}));
  EXPECT_TRUE(world.isReady());

  world.kubelet.heals();
  world.approve("again");
  world.live([&] { return world.mode("again") == "Done"; });
  EXPECT_EQ(world.mode("again"), "Done") << "the same plan finishes what was left";
}

TEST(UpgradeRun, ARunOfAnEarlierCloudOfTheNameDoesNothing) {
  UpgradeWorld world;
  world.approve();
  world.live();
  ASSERT_EQ(world.mode(), "Done");
  Json kept = world.run();
  world.erase(kOpenStackCloudKind, "demo");
  world.live();
  EXPECT_FALSE(world.get(kUpgradeRunKind, "up")) << "it goes with its cloud";
}

TEST(UpgradeRun, WhoWritesTheRunMeanwhileMakesTheLookDoNothing) {
  UpgradeWorld world;
  world.approve();
  int refused = 0;
  world.api->setFaultInjector([&](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (request.verb != "update" || request.kind.kind != "UpgradeRun" || request.subresource != "status")
      return std::nullopt;
    ++refused;
    return kube::Error{kube::ErrorKind::Conflict, "another leader was faster", 409, std::nullopt, nullptr};
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.reconcileRun());
  EXPECT_EQ(refused, 3);
  EXPECT_THAT(stepJobs(world), IsEmpty());
}

}  // namespace
}  // namespace windlass::ops
