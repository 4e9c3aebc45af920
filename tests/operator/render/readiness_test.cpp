// Verdicts on objects as a real cluster shows them. The samples are cut from `kubectl get -o json`.
#include "operator/render/readiness.h"

#include <gmock/gmock.h>

#include "operator/render/pod_problems.h"

namespace windlass::ops {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Json deployment(const char* status) {
  Json object = Json::parse(R"({"apiVersion":"apps/v1","kind":"Deployment",
    "metadata":{"name":"api-1","namespace":"openstack","generation":3,"uid":"d1"},
    "spec":{"replicas":2,"selector":{"matchLabels":{"app":"api"}}}})");
  object["status"] = Json::parse(status);
  return object;
}

Json statefulSet(const char* status) {
  Json object = Json::parse(R"({"apiVersion":"apps/v1","kind":"StatefulSet",
    "metadata":{"name":"db","namespace":"openstack","generation":1,"uid":"s1"},
    "spec":{"replicas":1,"selector":{"matchLabels":{"app":"db"}}}})");
  object["status"] = Json::parse(status);
  return object;
}

Json job(const char* status) {
  Json object = Json::parse(R"({"apiVersion":"batch/v1","kind":"Job",
    "metadata":{"name":"schema-1","namespace":"openstack","uid":"j1"},"spec":{"backoffLimit":5}})");
  object["status"] = Json::parse(status);
  return object;
}

Json pod(const std::string& name, const Json& labels, const char* status) {
  Json object = {{"apiVersion", "v1"},
                 {"kind", "Pod"},
                 {"metadata", {{"name", name}, {"namespace", "openstack"}, {"uid", name}, {"labels", labels}}}};
  object["status"] = Json::parse(status);
  return object;
}

Json jobPod(const std::string& name, const char* status) {
  Json object = pod(name, Json::object(), status);
  object["metadata"]["ownerReferences"] =
      Json::parse(R"([{"apiVersion":"batch/v1","kind":"Job","name":"schema-1","uid":"j1","controller":true}])");
  object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z";
  return object;
}

Json warning(const char* kind, const char* name, const char* reason, const char* note) {
  return {{"regarding", {{"kind", kind}, {"name", name}, {"namespace", "openstack"}}},
          {"reason", reason},
          {"note", note},
          {"type", "Warning"},
          {"eventTime", "2026-01-01T00:00:00.000000Z"}};
}

Readiness verdict(const Json& object, const std::vector<Json>& pods = {}, const std::vector<Json>& warnings = {}) {
  return readinessOf(object, {pods, warnings});
}

const Json kApi = {{"app", "api"}};

TEST(DeploymentReadiness, IsReadyWhenAllReplicasAreUpdatedAndAvailable) {
  const auto ready = verdict(deployment(
      R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2})"));
  EXPECT_EQ(ready.state, ReadyState::Ready);
  EXPECT_TRUE(ready.message.empty());
}

TEST(DeploymentReadiness, WaitsForItsControllerToSeeTheChange) {
  const auto stale = verdict(deployment(
      R"({"observedGeneration":2,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2})"));
  EXPECT_EQ(stale.state, ReadyState::Waiting);
  EXPECT_EQ(stale.reason, "NotObserved");
  EXPECT_TRUE(stale.serving);
}

TEST(DeploymentReadiness, ServesWithPartOfItsReplicas) {
  const auto partly = verdict(deployment(
      R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2,"readyReplicas":1,"availableReplicas":1})"));
  EXPECT_EQ(partly.state, ReadyState::Waiting);
  EXPECT_TRUE(partly.serving);
  EXPECT_EQ(partly.message, "Deployment api-1: 1 of 2 replicas are available");
}

TEST(DeploymentReadiness, WaitsForOldReplicasToEnd) {
  const auto rolling = verdict(deployment(
      R"({"observedGeneration":3,"replicas":3,"updatedReplicas":2,"readyReplicas":3,"availableReplicas":3})"));
  EXPECT_EQ(rolling.reason, "RollingOut");
}

TEST(DeploymentReadiness, NamesTheQuotaThatForbidsItsPods) {
  const auto refused = verdict(deployment(R"({"observedGeneration":3,"conditions":[
    {"type":"ReplicaFailure","status":"True","reason":"FailedCreate",
     "message":"pods \"api-1-x\" is forbidden: exceeded quota: small, requested: cpu=50m, used: cpu=1, limited: cpu=1"}]})"));
  EXPECT_EQ(refused.state, ReadyState::Failed);
  EXPECT_EQ(refused.reason, "QuotaExceeded");
  EXPECT_THAT(refused.message, HasSubstr("exceeded quota: small"));
  EXPECT_THAT(refused.remedy, HasSubstr("raise the quota"));
  EXPECT_FALSE(refused.serving);
}

TEST(DeploymentReadiness, PassesOnADeadlineThatWentBy) {
  const auto late = verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2,"conditions":[
    {"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded",
     "message":"ReplicaSet \"api-1-5c\" has timed out progressing."}]})"));
  EXPECT_EQ(late.reason, "ProgressDeadlineExceeded");
  EXPECT_EQ(late.state, ReadyState::Failed);
}

TEST(DeploymentReadiness, NamesTheImageThatCannotBePulled) {
  const auto missing = verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
                               {pod("api-1-x", kApi, R"({"phase":"Pending","containerStatuses":[{"name":"api",
    "image":"windlass.dev/nothing:1","state":{"waiting":{"reason":"ImagePullBackOff",
    "message":"Back-off pulling image"}}}]})")});
  EXPECT_EQ(missing.state, ReadyState::Failed);
  EXPECT_EQ(missing.reason, "ImagePullBackOff");
  EXPECT_THAT(missing.message, AllOf(HasSubstr("windlass.dev/nothing:1"), HasSubstr("Deployment api-1")));
  EXPECT_THAT(missing.remedy, HasSubstr("windlass.dev/nothing:1"));
}

TEST(DeploymentReadiness, NamesTheSecretThatAContainerMisses) {
  const auto missing =
      verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
              {pod("api-1-x", kApi, R"({"phase":"Pending","containerStatuses":[{"name":"api","image":"i",
    "state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"db\" not found"}}}]})")});
  EXPECT_EQ(missing.reason, "CreateContainerConfigError");
  EXPECT_THAT(missing.message, HasSubstr("secret \"db\" not found"));
}

TEST(DeploymentReadiness, NamesTheSecretThatAVolumeMisses) {
  const auto missing =
      verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
              {pod("api-1-x", kApi, R"({"phase":"Pending","containerStatuses":[{"name":"api","image":"i",
    "state":{"waiting":{"reason":"ContainerCreating"}}}]})")},
              {warning("Pod", "api-1-x", "FailedMount",
                       "MountVolume.SetUp failed for volume \"keys\" : secret \"keys\" not found")});
  EXPECT_EQ(missing.reason, "FailedMount");
  EXPECT_THAT(missing.message, HasSubstr("secret \"keys\" not found"));
}

TEST(DeploymentReadiness, TellsTheLastWordsOfACrashingContainer) {
  const auto crash = verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
                             {pod("api-1-x", kApi, R"({"phase":"Running","containerStatuses":[{"name":"api","image":"i",
    "restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 40s"}},
    "lastState":{"terminated":{"exitCode":1,"reason":"Error","message":"Traceback\n  File x\nValueError: bad option\n"}}}]})")});
  EXPECT_EQ(crash.reason, "CrashLoopBackOff");
  EXPECT_THAT(crash.message, AllOf(HasSubstr("exit code 1"), HasSubstr("ValueError: bad option")));
  EXPECT_THAT(crash.remedy, HasSubstr("kubectl logs -n openstack api-1-x -c api --previous"));
}

TEST(DeploymentReadiness, TellsWhyAPodFitsNowhere) {
  const auto full = verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
                            {pod("api-1-x", kApi, R"({"phase":"Pending","conditions":[{"type":"PodScheduled",
    "status":"False","reason":"Unschedulable","message":"0/2 nodes are available: 2 Insufficient cpu."}]})")});
  EXPECT_EQ(full.reason, "Unschedulable");
  EXPECT_THAT(full.message, HasSubstr("Insufficient cpu"));
}

TEST(DeploymentReadiness, WaitsWhileTheSchedulerTriesAgain) {
  const auto again = verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"),
                             {pod("api-1-x", kApi, R"({"phase":"Pending","conditions":[{"type":"PodScheduled",
    "status":"False","reason":"SchedulerError","message":"running PreBind plugin: the object has been modified"}]})")});
  EXPECT_EQ(again.state, ReadyState::Waiting);
  EXPECT_EQ(again.reason, "ReplicasUnavailable");
}

TEST(DeploymentReadiness, IgnoresPodsThatAreGoingAndPodsOfOthers) {
  Json going = pod("api-1-old", kApi, R"({"containerStatuses":[{"name":"api","image":"i",
    "state":{"waiting":{"reason":"ImagePullBackOff"}}}]})");
  going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const Json other = pod("other", {{"app", "other"}}, R"({"containerStatuses":[{"name":"o","image":"i",
    "state":{"waiting":{"reason":"ImagePullBackOff"}}}]})");
  const auto waits =
      verdict(deployment(R"({"observedGeneration":3,"replicas":2,"updatedReplicas":2})"), {going, other});
  EXPECT_EQ(waits.reason, "ReplicasUnavailable");
}

TEST(StatefulSetReadiness, IsReadyWhenAllRunTheSameRevision) {
  EXPECT_EQ(
      verdict(statefulSet(R"({"observedGeneration":1,"readyReplicas":1,"currentRevision":"a","updateRevision":"a"})"))
          .state,
      ReadyState::Ready);
  EXPECT_EQ(
      verdict(statefulSet(R"({"observedGeneration":1,"readyReplicas":1,"currentRevision":"a","updateRevision":"b"})"))
          .reason,
      "RollingOut");
}

TEST(StatefulSetReadiness, FindsTheQuotaInAnEventBecauseItsStatusIsSilent) {
  const auto refused = verdict(
      statefulSet(R"({"observedGeneration":1})"), {},
      {warning("StatefulSet", "db", "FailedCreate",
               "create Pod db-0 in StatefulSet db failed error: pods \"db-0\" is forbidden: exceeded quota: small")});
  EXPECT_EQ(refused.reason, "QuotaExceeded");
  EXPECT_EQ(refused.state, ReadyState::Failed);
}

TEST(JobReadiness, IsReadyWhenComplete) {
  EXPECT_EQ(verdict(job(R"({"conditions":[{"type":"Complete","status":"True"}]})")).state, ReadyState::Ready);
}

TEST(JobReadiness, TellsWhyItsLastPodFailed) {
  const Json end = job(R"({"failed":6,"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded",
    "message":"Job has reached the specified backoff limit"}]})");
  const auto failed =
      verdict(end, {jobPod("schema-1-a", R"({"phase":"Failed","containerStatuses":[{"name":"schema","image":"i",
    "state":{"terminated":{"exitCode":1,"message":"ERROR 2002 (HY000): Can't connect to server on 'db.example'"}}}]})")});
  EXPECT_EQ(failed.state, ReadyState::Failed);
  EXPECT_THAT(failed.message, AllOf(HasSubstr("Job schema-1"), HasSubstr("Can't connect to server on 'db.example'")));
  EXPECT_THAT(failed.remedy, HasSubstr("kubectl delete job schema-1"));
}

TEST(JobReadiness, SaysThatItIsTryingAgain) {
  const auto retrying = verdict(job(R"({"active":1,"failed":1})"), {jobPod("schema-1-a", R"({"phase":"Failed",
    "containerStatuses":[{"name":"schema","image":"i","state":{"terminated":{"exitCode":137,"reason":"OOMKilled"}}}]})")});
  EXPECT_EQ(retrying.state, ReadyState::Waiting);
  EXPECT_THAT(retrying.message, AllOf(HasSubstr("trying again"), HasSubstr("out of memory")));
}

TEST(ClaimReadiness, TellsWhyNoVolumeCameAbout) {
  Json claim = Json::parse(R"({"kind":"PersistentVolumeClaim","metadata":{"name":"data","namespace":"openstack"},
    "status":{"phase":"Pending"}})");
  EXPECT_EQ(verdict(claim).reason, "VolumePending");
  EXPECT_THAT(verdict(claim, {},
                      {warning("PersistentVolumeClaim", "data", "ProvisioningFailed",
                               "storageclass.storage.k8s.io \"fast\" not found")})
                  .message,
              HasSubstr("\"fast\" not found"));
  claim["status"]["phase"] = "Bound";
  EXPECT_EQ(verdict(claim).state, ReadyState::Ready);
}

TEST(ServiceReadiness, WaitsOnlyForALoadBalancer) {
  Json service = Json::parse(R"({"kind":"Service","metadata":{"name":"gateway"},"spec":{"type":"ClusterIP"}})");
  EXPECT_EQ(verdict(service).state, ReadyState::Ready);
  service["spec"]["type"] = "LoadBalancer";
  EXPECT_EQ(verdict(service).reason, "NoLoadBalancer");
  service["status"]["loadBalancer"]["ingress"] = {{{"ip", "192.0.2.1"}}};
  EXPECT_EQ(verdict(service).state, ReadyState::Ready);
}

TEST(LastLine, IsTheLastOneThatIsNotEmptyAndEndsAtACharacter) {
  EXPECT_EQ(lastLine("a\nb  \n\n"), "b");
  EXPECT_EQ(lastLine("\n \n"), "");
  std::string text;
  for (int i = 0; i < 200; ++i) text += "é";
  EXPECT_EQ(lastLine(text), text.substr(0, 240) + "…");
  EXPECT_EQ(lastLine("x" + text), "x" + text.substr(0, 238) + "…");
}

}  // namespace
}  // namespace windlass::ops
