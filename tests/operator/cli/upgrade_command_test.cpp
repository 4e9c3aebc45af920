// Thin commands: each changes one field of a run, or shows what the operator wrote.
#include "operator/cli/upgrade_command.h"

#include <gmock/gmock.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;

struct Cluster {
  Cluster() {
    Json plan = kube::newObject(kUpgradePlanKind, {"ns", "demo-plan"});
    plan["spec"] = {{"hash", "sha256:abc"}};
    static_cast<void>(api.create(kUpgradePlanKind, plan));
  }
  void run(const Json& status) {
    Json object = kube::newObject(kUpgradeRunKind, {"ns", "up"});
    object["spec"] = {{"plan", "demo-plan"}, {"acknowledged", {"one"}}};
    auto made = api.create(kUpgradeRunKind, object);
    (*made)["status"] = status;
    static_cast<void>(api.update(kUpgradeRunKind, *made, "status"));
  }
  Json spec(const std::string& name = "up") {
    return api.get(kUpgradeRunKind, {"ns", name}).value_or(Json::object()).value("spec", Json::object());
  }
  static UpgradeFlags flags(const std::string& name) {
    UpgradeFlags flags;
    flags.name = name;
    flags.ns = "ns";
    return flags;
  }
  kube::FakeApiServer api;
};

TEST(UpgradeCommand, ApprovingNamesTheHashThatWasRead) {
  Cluster cluster;
  UpgradeFlags flags = Cluster::flags("demo-plan");
  flags.hash = "sha256:other";
  EXPECT_THAT(approvePlan(cluster.api, flags).error().message, HasSubstr("which is sha256:abc; read the plan first"));
  flags.hash = "sha256:abc";
  ASSERT_TRUE(approvePlan(cluster.api, flags));
  EXPECT_EQ(cluster.spec("demo-plan"), Json({{"plan", "demo-plan"}, {"approvedHash", "sha256:abc"}}));
}

TEST(UpgradeCommand, ResumeRaisesTheCounterOnlyAfterAFailure) {
  Cluster paused;
  paused.run({{"mode", "Paused"}});
  ASSERT_TRUE(resumeRun(paused.api, Cluster::flags("up")));
  EXPECT_EQ(paused.spec()["state"], "Running");
  EXPECT_FALSE(paused.spec().contains("resume"));
  Cluster failed;
  failed.run({{"mode", "Failed"}, {"resumed", 2}});
  ASSERT_TRUE(resumeRun(failed.api, Cluster::flags("up")));
  EXPECT_EQ(failed.spec()["resume"], 3);
}

TEST(UpgradeCommand, EachWordIsAFieldOfTheSpec) {
  Cluster cluster;
  cluster.run({{"mode", "Running"}});
  ASSERT_TRUE(pauseRun(cluster.api, Cluster::flags("up")));
  EXPECT_EQ(cluster.spec()["state"], "Paused");
  ASSERT_TRUE(rollBackRun(cluster.api, Cluster::flags("up")));
  EXPECT_EQ(cluster.spec()["state"], "RolledBack");
  ASSERT_TRUE(approveContract(cluster.api, Cluster::flags("up")));
  EXPECT_EQ(cluster.spec()["contractApproved"], true);
  UpgradeFlags flags = Cluster::flags("up");
  flags.gates = {"two"};
  ASSERT_TRUE(acknowledgeGates(cluster.api, flags));
  EXPECT_EQ(cluster.spec()["acknowledged"], Json({"one", "two"}));
}

TEST(UpgradeCommand, ARestoreNeedsAWordAboutWhatIsLost) {
  Cluster cluster;
  cluster.run({{"mode", "Done"}});
  UpgradeFlags flags = Cluster::flags("up");
  EXPECT_THAT(restoreRun(cluster.api, flags).error().message,
              AllOf(HasSubstr("--accept-data-loss: is missing"), HasSubstr("is lost")));
  EXPECT_FALSE(cluster.spec().contains("state"));
  flags.acceptDataLoss = true;
  ASSERT_TRUE(restoreRun(cluster.api, flags));
  EXPECT_EQ(cluster.spec()["state"], "Restored");
}

TEST(UpgradeCommand, StatusSaysWhereTheRunIsAndWhatMayBeDone) {
  Cluster cluster;
  cluster.run({{"mode", "Running"},
               {"phase", "Expand"},
               {"message", "demo runs 2025.1; in work is a/expand."},
               {"waitingFor", "a/expand: Job x runs"},
               {"actions", {"pause", "rollback"}},
               {"steps", {{{"id", "a/check"}, {"status", "Done"}, {"attempt", 1}, {"begun", 100}, {"ended", 107}}}}});
  const auto shown = showRun(cluster.api, Cluster::flags("up"));
  ASSERT_TRUE(shown);
  EXPECT_THAT(*shown, AllOf(HasSubstr("up: Expand"), HasSubstr("a/expand: Job x runs"), HasSubstr("pause, rollback"),
                            HasSubstr("7 s  a/check")));
}

TEST(UpgradeCommand, ApprovingMayNameTheCanaryPolicy) {
  Cluster cluster;
  UpgradeFlags flags = Cluster::flags("demo-plan");
  flags.hash = "sha256:abc";
  flags.canaryPolicy = "careful";
  ASSERT_TRUE(approvePlan(cluster.api, flags));
  EXPECT_EQ(cluster.spec("demo-plan")["canaryPolicy"], "careful");
}

TEST(UpgradeCommand, StatusSaysStageShareSampleAndOddsOfTheCanary) {
  Cluster cluster;
  cluster.run({{"mode", "Running"},
               {"phase", "Canary"},
               {"canary",
                {{"component", "a/api"},
                 {"stage", "a/canary/api/one"},
                 {"phase", "Step"},
                 {"basisPoints", 250},
                 {"unreached", {{{"pod", "gateway-b"}, {"problem", "it did not answer"}}}},
                 {"verdict",
                  {{"decision", "Wait"},
                   {"reason", "soaking, 80 s left"},
                   {"requests", 412},
                   {"findings",
                    {{{"name", "errors"},
                      {"decision", "Pass"},
                      {"bad", 2},
                      {"requests", 412},
                      {"againstBad", 31},
                      {"againstRequests", 16000},
                      {"odds", "2.51"},
                      {"evidence", "10^0.4"},
                      {"rejects", "10^3.6"}}}}}}}}});
  const auto shown = showRun(cluster.api, Cluster::flags("up"));
  ASSERT_TRUE(shown);
  EXPECT_THAT(*shown,
              AllOf(HasSubstr("a/canary/api/one, Step: 2.5 % of requests, 412 requests in this stage"),
                    HasSubstr("Wait: soaking, 80 s left"), HasSubstr("gateway-b: it did not answer"),
                    HasSubstr("2/412"), HasSubstr("31/16000"), HasSubstr("2.51"), HasSubstr("10^0.4 of 10^3.6")));
}

TEST(UpgradeCommand, ARunThatIsNotThereIsNamed) {
  Cluster cluster;
  EXPECT_THAT(showRun(cluster.api, Cluster::flags("nope")).error().toString(), HasSubstr("UpgradeRun ns/nope"));
  EXPECT_THAT(pauseRun(cluster.api, Cluster::flags("nope")).error().toString(), HasSubstr("UpgradeRun ns/nope"));
}

}  // namespace
}  // namespace windlass::ops
