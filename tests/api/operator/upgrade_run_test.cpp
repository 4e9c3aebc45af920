// A plan is offered, approved and carried out against a real API server: it accepts every object and every status as
// they stand. Workloads and Jobs are finished by the test.
#include "operator/model/upgrade_run.h"

#include <gmock/gmock.h>

#include "cloud_fixture.h"
#include "operator/reconcile/names.h"
#include "operator/reconcile/upgrade_reconciler.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class UpgradeRunApi : public CloudApiTest {
 protected:
  void SetUp() override {
    CloudApiTest::SetUp();
    counting_ = std::make_unique<MortalClient>(client(), 1'000'000);
    kubelet_ = std::make_unique<Kubelet>(client(), nullptr, ns());
    const auto clock = [this] { return now_; };
    clouds_ = std::make_unique<CloudReconciler>(ReconcilerWorld{*counting_, events_, cryptoRandom, clock},
                                                realCatalog(), RenderContext{});
    runs_ = std::make_unique<UpgradeReconciler>(ReconcilerWorld{*counting_, events_, cryptoRandom, clock},
                                                realCatalog(), RenderContext{});
    ASSERT_OK(client().create(kOpenStackCloudKind, cloud(World::threeServicesSpec())));
    settle();
    ASSERT_TRUE(kube::isConditionTrue(live(), "Ready")) << live().dump(1);
    ASSERT_OK(
        client().patch(kOpenStackCloudKind, key("demo"), kube::PatchType::Merge, {{"spec", {{"release", "2025.2"}}}}));
    settle();
  }

  void look() {
    const auto cloud = clouds_->reconcile(key("demo"));
    ASSERT_TRUE(cloud) << cloud.error().toString();
    const auto run = runs_->reconcile(key("up"));
    ASSERT_TRUE(run) << run.error().toString();
  }
  // Until the reconcilers have written nothing for some rounds. (That of the test's kubelet is no measure: what it
  // writes is not what the server stores.)
  void settle() {
    int quiet = 0;
    for (int round = 0; round < 400 && quiet < 3; ++round) {
      const int before = counting_->writes();
      look();
      if (HasFatalFailure()) return;
      kubelet_->step();
      quiet = counting_->writes() == before ? quiet + 1 : 0;
      if (quiet == 0 || kube::stringAt(run(), "/status/waitingFor").find("soak") == std::string::npos) continue;
      now_ += std::chrono::minutes(10);
      quiet = 0;
    }
  }
  void approve() {
    Json object = kube::newObject(kUpgradeRunKind, key("up"));
    const Json plan = this->plan();
    object["spec"] = {
        {"plan", kube::nameOf(plan)},
        {"approvedHash", plan["spec"]["hash"]},
        {"contractApproved", true},
        {"acknowledged",
         {"room-for-surge", "room-for-backup", "keystone/canary/api", "glance/canary/api", "placement/canary/api"}}};
    ASSERT_OK(client().create(kUpgradeRunKind, object));
  }
  Json live() { return client().get(kOpenStackCloudKind, key("demo")).value_or(Json::object()); }
  Json run() { return client().get(kUpgradeRunKind, key("up")).value_or(Json::object()); }
  Json plan() {
    return client().get(kUpgradePlanKind, key(kube::stringAt(live(), "/status/plan"))).value_or(Json::object());
  }
  std::vector<Json> stepJobs() {
    kube::ListOptions options;
    options.ns = ns();
    options.labelSelector = std::string(kRunLabel) + "=up";
    return client().list(kinds::Job, options)->items;
  }
  // Of the one Job of this step.
  Json jobOf(const std::string& step) {
    for (const Json& job : stepJobs()) {
      if (kube::annotationOf(job, "windlass.dev/step") == step) return job;
    }
    return Json::object();
  }

  RecordedEvents events_;
  kube::TimePoint now_ = kube::parseTime("2026-01-02T03:04:05Z");
  std::unique_ptr<MortalClient> counting_;
  std::unique_ptr<Kubelet> kubelet_;
  std::unique_ptr<CloudReconciler> clouds_;
  std::unique_ptr<UpgradeReconciler> runs_;
};

TEST_F(UpgradeRunApi, AChangedReleaseOffersAPlanAndNothingElseIsWritten) {
  EXPECT_THAT(kube::nameOf(plan()), StartsWith("demo-2025.1-2025.2-"));
  EXPECT_EQ(kube::stringAt(*kube::findCondition(live(), "Upgraded"), "/reason"), "PlanWaitsForApproval");
  EXPECT_EQ(kube::controllerOf(plan())->uid, kube::uidOf(live()));
  EXPECT_THAT(stepJobs(), IsEmpty());
  const int before = counting_->writes();
  for (int i = 0; i < 3; ++i) look();
  EXPECT_EQ(counting_->writes(), before);
}

TEST_F(UpgradeRunApi, TheFirstStepsAppearAsJobsWithNameImageAndCommand) {
  kubelet_->hold("keystone-schema-expand");
  approve();
  settle();
  ASSERT_EQ(kube::stringAt(run(), "/status/cursor"), "keystone/schema/expand") << run().dump(1);
  const Json check = jobOf("keystone/check/upgrade-check");
  EXPECT_THAT(kube::nameOf(check), StartsWith("up-keystone-check-upgrade-ch"));
  EXPECT_EQ(check.at("/spec/template/spec/containers/0/image"_json_pointer), "windlass.dev/openstack:2025.2");
  EXPECT_EQ(check.at("/spec/template/spec/containers/0/command"_json_pointer),
            Json({"keystone-status", "upgrade", "check"}));
  const Json before = jobOf("placement/finish-old/online-data");
  EXPECT_EQ(before.at("/spec/template/spec/containers/0/image"_json_pointer), "windlass.dev/openstack:2025.1");
  EXPECT_THAT(jobOf("keystone/backup").dump(), HasSubstr("mariadb-dump"));
  const Json expand = jobOf("keystone/schema/expand");
  EXPECT_EQ(expand.at("/spec/template/spec/containers/0/command"_json_pointer),
            Json({"keystone-manage", "db_sync", "--expand"}));
  EXPECT_EQ(kube::controllerOf(expand)->uid, kube::uidOf(run()));
  EXPECT_EQ(stepJobs().size(), 6U) << "four looks, one backup, one schema step";
  const int writes = counting_->writes();
  for (int i = 0; i < 3; ++i) look();
  EXPECT_EQ(counting_->writes(), writes) << "waiting for a step is rest";
}

TEST_F(UpgradeRunApi, AWholeHopEndsDone) {
  approve();
  settle();
  EXPECT_EQ(kube::stringAt(run(), "/status/mode"), "Done") << run().dump(1);
  EXPECT_EQ(live()["status"]["release"], "2025.2");
  EXPECT_TRUE(kube::isConditionTrue(live(), "Ready")) << live().dump(1);
  RecordProperty("writes", counting_->writes());
}

TEST_F(UpgradeRunApi, ARunInWorkIsTakenBack) {
  kubelet_->hold("demo-glance-api");
  approve();
  settle();
  ASSERT_EQ(kube::stringAt(run(), "/status/cursor"), "glance/roll/api") << run().dump(1);
  ASSERT_OK(client().patch(kUpgradeRunKind, key("up"), kube::PatchType::Merge, {{"spec", {{"state", "RolledBack"}}}}));
  settle();
  kubelet_->release();
  settle();
  EXPECT_EQ(kube::stringAt(run(), "/status/mode"), "Aborted") << run().dump(1);
  EXPECT_EQ(live()["status"]["release"], "2025.1");
  EXPECT_FALSE(live()["status"].contains("components"));
}

TEST_F(UpgradeRunApi, WhatTheSpecOfARunMayNotSayIsRefused) {
  approve();
  const auto refusal = [&](const Json& spec) {
    const auto changed = client().patch(kUpgradeRunKind, key("up"), kube::PatchType::Merge, {{"spec", spec}});
    return changed ? "" : changed.error().message;
  };
  EXPECT_THAT(refusal({{"plan", "another"}}), HasSubstr("a run has one plan"));
  EXPECT_THAT(refusal({{"approvedHash", "sha256:" + std::string(64, 'b')}}), HasSubstr("an approval is not changed"));
  EXPECT_THAT(refusal({{"contractApproved", false}}), HasSubstr("cannot be taken back"));
  EXPECT_THAT(refusal({{"state", "Aborted"}}), HasSubstr("spec.state"));
  EXPECT_THAT(refusal({{"resume", -1}}), HasSubstr("spec.resume"));
}

}  // namespace
}  // namespace windlass::ops
