// How a step ended, from what is there.
#include "operator/reconcile/upgrade_sight.h"

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/upgrade_jobs.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::HasSubstr;

Json job(const char* condition = nullptr) {
  Json out = kube::newObject(kinds::Job, {"ns", "j"});
  out["metadata"]["uid"] = "job-uid";
  if (condition != nullptr)
    out["status"]["conditions"] = Json::array({{{"type", condition}, {"status", "True"}, {"message", "the Job says"}}});
  return out;
}

Json podOf(const Json& owner, int exitCode) {
  Json pod = kube::newObject(kinds::Pod, {"ns", "p"});
  static_cast<void>(kube::setController(pod, owner, kinds::Job));
  pod["status"]["containerStatuses"] = Json::array(
      {{{"state", {{"terminated", {{"exitCode", exitCode}, {"reason", "Ended"}, {"message", "one\nlast line\n"}}}}}}});
  return pod;
}

TEST(JobSight, TheExitCodeIsThatOfTheProcess) {
  EXPECT_EQ(jobSight(job(), {}).outcome, OutcomeKind::Running);
  const Sight failed = jobSight(job("Failed"), {podOf(job(), 2)});
  EXPECT_EQ(failed.outcome, OutcomeKind::Succeeded);
  EXPECT_EQ(failed.exitCode, 2);
  EXPECT_EQ(failed.text, "last line");
  EXPECT_EQ(jobSight(job("Complete"), {podOf(job(), 0)}).exitCode, 0);
}

TEST(JobSight, ACodeBeyondThoseOfSignalsIsTheProgramsOwn) {
  const Sight failed = jobSight(job("Failed"), {podOf(job(), 255)});  // oslo.upgradecheck, when a check itself fails
  EXPECT_EQ(failed.outcome, OutcomeKind::Succeeded);
  EXPECT_EQ(failed.exitCode, 255);
}

TEST(JobSight, AProcessThatWasKilledOrAPodThatIsGoneIsLost) {
  EXPECT_EQ(jobSight(job("Failed"), {podOf(job(), 137)}).outcome, OutcomeKind::Lost);
  EXPECT_EQ(jobSight(job("Failed"), {}).outcome, OutcomeKind::Lost);
  Json other = job();
  other["metadata"]["uid"] = "another";
  EXPECT_EQ(jobSight(job("Failed"), {podOf(other, 2)}).outcome, OutcomeKind::Lost) << "a pod of another Job";
}

struct Roll {
  Json deployment(const std::string& revision, const std::string& release, int ready = 2, int replicas = 2) {
    Json out = kube::newObject(kinds::Deployment, {"ns", "api-" + revision});
    out["metadata"]["labels"] = {{std::string(kServiceLabel), "alpha"},
                                 {std::string(kComponentLabel), "api"},
                                 {std::string(kRevisionLabel), revision},
                                 {std::string(kReleaseLabel), release}};
    out["spec"]["replicas"] = replicas;
    out["status"] = {
        {"replicas", replicas}, {"updatedReplicas", replicas}, {"readyReplicas", ready}, {"availableReplicas", ready}};
    return out;
  }
  Roll& with(const Json& object) {
    observed.objects[refOf(object)] = object;
    return *this;
  }
  Roll& traffic(const std::string& revision) {
    Json out = kube::newObject(kinds::Service, {"ns", "api"});
    out["metadata"]["labels"] = {{std::string(kServiceLabel), "alpha"}, {std::string(kComponentLabel), "api"}};
    out["spec"]["selector"] = {{std::string(kRevisionLabel), revision}};
    return with(out);
  }
  Roll& pod(const std::string& revision) {
    Json out = kube::newObject(kinds::Pod, {"ns", "pod-" + revision});
    out["metadata"]["labels"] = deployment(revision, "").at("metadata").at("labels");
    observed.pods.push_back(out);
    return *this;
  }
  Sight look(const ComponentRelease& wanted = {"2", false}) { return componentSight("alpha", "api", wanted, observed); }
  std::string waits() {
    const Sight sight = look();
    return sight.outcome == OutcomeKind::Running ? sight.text : "";
  }
  Observed observed;
};

TEST(ComponentSight, IsDoneWhenTheNewRevisionHasAllRequestsAndNothingElseIsLeft) {
  Roll roll;
  roll.with(roll.deployment("old", "1"));
  EXPECT_THAT(roll.waits(), HasSubstr("alpha/api of 2 is not there yet"));
  roll.traffic("old").with(roll.deployment("new", "2", 1));
  EXPECT_THAT(roll.waits(), HasSubstr("api-new"));
  roll.with(roll.deployment("new", "2"));
  EXPECT_THAT(roll.waits(), HasSubstr("requests do not go to Deployment/api-new yet"));
  roll.traffic("new");
  EXPECT_THAT(roll.waits(), HasSubstr("the other revision is not removed yet"));
  roll.observed.objects.erase("Deployment/api-old");
  roll.pod("old").pod("new");
  EXPECT_THAT(roll.waits(), HasSubstr("pod-old of the other revision finishes"));
  roll.observed.pods.erase(roll.observed.pods.begin());
  EXPECT_EQ(roll.look().outcome, OutcomeKind::Succeeded);
}

TEST(ComponentSight, IsStoppedWhenNoPodIsLeft) {
  Roll roll;
  roll.with(roll.deployment("old", "1"));
  EXPECT_EQ(roll.look({"1", true}).outcome, OutcomeKind::Running);
  roll.with(roll.deployment("old", "1", 0, 0));
  EXPECT_EQ(roll.look({"1", true}).outcome, OutcomeKind::Succeeded);
}

Step gate(const std::string& ask, const std::string& role = "") {
  Step step;
  step.id = "cloud/gate/the-question";
  step.kind = StepKind::Gate;
  step.summary = "something holds";
  step.with = {{"ask", ask}, {"role", role}};
  return step;
}

TEST(GateSight, AQuorumIsReadFromTheWorkloadsOfTheRole) {
  Observed observed;
  Json database = kube::newObject(kinds::StatefulSet, {"ns", "db"});
  database["metadata"]["labels"][std::string(kServiceLabel)] = "mariadb";
  database["spec"]["replicas"] = 1;
  observed.objects["StatefulSet/db"] = database;
  const auto look = [&](const OpenStackCloud& cloud) {
    return gateSight(gate("quorum", "database"), {}, realCatalog(), cloud, "2025.1", observed);
  };
  EXPECT_EQ(look({}).outcome, OutcomeKind::Running);
  observed.objects["StatefulSet/db"]["status"] = {{"replicas", 1}, {"readyReplicas", 1}, {"updatedReplicas", 1}};
  EXPECT_EQ(look({}).outcome, OutcomeKind::Succeeded);
  OpenStackCloud external;
  external.spec.infrastructure["database"].external.emplace();
  EXPECT_THAT(look(external).text, HasSubstr("add the-question to spec.acknowledged")) << "it cannot be seen";
}

TEST(GateSight, WhatTheOperatorCannotFindOutAPersonSays) {
  UpgradeRunSpec spec;
  const auto look = [&] { return gateSight(gate("surge"), spec, realCatalog(), {}, "2025.1", {}); };
  EXPECT_EQ(look().outcome, OutcomeKind::Running);
  spec.acknowledged = {"another"};
  EXPECT_EQ(look().outcome, OutcomeKind::Running);
  spec.acknowledged = {"the-question"};
  EXPECT_EQ(look().outcome, OutcomeKind::Succeeded);
}

TEST(SoakSight, IsOverAfterItsTimeWhenTheCloudIsReady) {
  Step soak;
  soak.with = {{"soakSeconds", "600"}};
  Json ready = {{"status", {{"conditions", Json::array({{{"type", "Ready"}, {"status", "True"}}})}}}};
  EXPECT_EQ(soakSight(soak, 1000, 1599, ready).outcome, OutcomeKind::Running);
  EXPECT_EQ(soakSight(soak, 1000, 1600, ready).outcome, OutcomeKind::Succeeded);
  EXPECT_EQ(soakSight(soak, 1000, 1600, Json::object()).outcome, OutcomeKind::Running);
}

TEST(StepJobName, IsShortAndItsOwn) {
  Json run = kube::newObject({"g", "v", "K", "ks", true}, {"ns", std::string(60, 'r')});
  run["metadata"]["uid"] = "one";
  Step step;
  step.id = "placement/check/upgrade-check-with-a-long-name";
  const std::string name = stepJobName(run, step, 1);
  EXPECT_LE(examinationName(name).size(), 63U);
  EXPECT_EQ(name, stepJobName(run, step, 1));
  EXPECT_NE(name, stepJobName(run, step, 2));
  Step other = step;
  other.id += "r";
  EXPECT_NE(name, stepJobName(run, other, 1)) << "cut names differ too";
  run["metadata"]["uid"] = "two";
  EXPECT_NE(name, stepJobName(run, step, 1)) << "a later run of the same name";
}

}  // namespace
}  // namespace windlass::ops
