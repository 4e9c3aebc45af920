#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::fake_apply_test {
namespace {

const ObjectKey kKey{"default", "web"};

Json deployment(Json containers, int replicas = 2) {
  Json object = newObject(kinds::Deployment, kKey);
  object["metadata"]["labels"] = {{"app", "web"}};
  object["spec"]["replicas"] = replicas;
  object["spec"]["template"]["spec"]["containers"] = std::move(containers);
  return object;
}

Json container(const std::string& name, const std::string& image) {
  return {{"name", name}, {"image", image}, {"ports", {{{"containerPort", 80}, {"name", "http"}}}}};
}

ApplyOptions as(const std::string& manager, bool force = true) {
  ApplyOptions options;
  options.fieldManager = manager;
  options.force = force;
  return options;
}

Result<Json> applyDeployment(FakeApiServer& server, const Json& object, const std::string& manager = "windlass") {
  return server.apply(kinds::Deployment, object, as(manager), "");
}

TEST(FakeApply, ApplyingTheSameTwiceWritesOnce) {
  FakeApiServer server;
  const Json wanted = deployment({container("a", "x:1")});
  const Json first = *applyDeployment(server, wanted);
  const Json second = *applyDeployment(server, wanted);
  EXPECT_EQ(resourceVersionOf(first), resourceVersionOf(second));
  EXPECT_EQ(server.writeCount(), 1U);
}

TEST(FakeApply, FieldsNoLongerAppliedAreRemoved) {
  FakeApiServer server;
  Json wanted = deployment({container("a", "x:1"), container("b", "y:1")});
  wanted["metadata"]["annotations"] = {{"note", "1"}};
  applyDeployment(server, wanted);
  const Json after = *applyDeployment(server, deployment({container("a", "x:2")}));
  const Json& containers = after["spec"]["template"]["spec"]["containers"];
  ASSERT_EQ(containers.size(), 1U);
  EXPECT_EQ(containers[0]["image"], "x:2");
  EXPECT_EQ(annotationOf(after, "note"), "");
  EXPECT_EQ(generationOf(after), 2);
}

TEST(FakeApply, FieldsOfOthersStay) {
  FakeApiServer server;
  applyDeployment(server, deployment({container("a", "x:1")}));
  server.patch(kinds::Deployment, kKey, PatchType::Merge, {{"metadata", {{"annotations", {{"theirs", "1"}}}}}}, "");
  server.update(
      kinds::Deployment,
      [&] {
        Json object = *server.get(kinds::Deployment, kKey);
        object["status"]["readyReplicas"] = 2;
        return object;
      }(),
      "status");
  server.clearRequests();
  const Json after = *applyDeployment(server, deployment({container("a", "x:1")}));
  EXPECT_EQ(annotationOf(after, "theirs"), "1");
  EXPECT_EQ(intAt(after, "/status/readyReplicas"), 2);
  EXPECT_EQ(server.writeCount(), 0U);
}

TEST(FakeApply, AFieldOfAnotherManagerConflictsUnlessForced) {
  FakeApiServer server;
  applyDeployment(server, deployment({container("a", "x:1")}, 2));
  Json theirs = newObject(kinds::Deployment, kKey);
  theirs["spec"]["replicas"] = 5;
  const auto refused = server.apply(kinds::Deployment, theirs, as("autoscaler", false), "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find("\"windlass\""), std::string::npos);
  EXPECT_NE(refused.error().message.find(".spec.replicas"), std::string::npos);
  EXPECT_EQ(intAt(*server.apply(kinds::Deployment, theirs, as("autoscaler"), ""), "/spec/replicas"), 5);
}

TEST(FakeApply, AFieldSharedByTwoManagersGoesWithTheLast) {
  FakeApiServer server;
  Json labelled = newObject(kinds::ConfigMap, kKey);
  labelled["data"] = {{"k", "v"}};
  const Json bare = newObject(kinds::ConfigMap, kKey);
  for (const char* manager : {"one", "two"}) server.apply(kinds::ConfigMap, labelled, as(manager), "");
  EXPECT_EQ(stringAt(*server.apply(kinds::ConfigMap, bare, as("one"), ""), "/data/k"), "v");
  EXPECT_FALSE(find(*server.apply(kinds::ConfigMap, bare, as("two"), ""), "/data/k"));
}

TEST(FakeApply, DriftIsCorrectedByTheNextApply) {
  FakeApiServer server;
  applyDeployment(server, deployment({container("a", "x:1")}));
  server.patch(kinds::Deployment, kKey, PatchType::StrategicMerge,
               Json::parse(R"({"spec":{"template":{"spec":{"containers":[{"name":"a","image":"evil:1"}]}}}})"), "");
  const Json after = *applyDeployment(server, deployment({container("a", "x:1")}));
  EXPECT_EQ(after["spec"]["template"]["spec"]["containers"][0]["image"], "x:1");
}

TEST(FakeApply, StatusAndSpecAreOwnedApart) {
  FakeApiServer server;
  const Json spec = deployment({container("a", "x:1")});
  applyDeployment(server, spec);
  Json status = newObject(kinds::Deployment, kKey);
  status["status"]["conditions"] = {{{"type", "Ready"}, {"status", "True"}}};
  ASSERT_TRUE(server.apply(kinds::Deployment, status, as("windlass"), "status"));
  server.clearRequests();
  const Json after = *applyDeployment(server, spec);
  EXPECT_EQ(after["status"]["conditions"][0]["status"], "True");
  EXPECT_EQ(intAt(after, "/spec/replicas"), 2);
  EXPECT_EQ(generationOf(after), 1);
  EXPECT_EQ(server.writeCount(), 0U);
}

TEST(FakeApply, FinalizersAreASet) {
  FakeApiServer server;
  Json mine = newObject(kinds::ConfigMap, kKey);
  mine["metadata"]["finalizers"] = {"windlass.dev/a"};
  Json theirs = newObject(kinds::ConfigMap, kKey);
  theirs["metadata"]["finalizers"] = {"example.com/b"};
  server.apply(kinds::ConfigMap, mine, as("one"), "");
  const Json both = *server.apply(kinds::ConfigMap, theirs, as("two"), "");
  EXPECT_TRUE(hasFinalizer(both, "windlass.dev/a") && hasFinalizer(both, "example.com/b"));
  const Json after = *server.apply(kinds::ConfigMap, newObject(kinds::ConfigMap, kKey), as("one"), "");
  EXPECT_EQ(after["metadata"]["finalizers"], Json::array({"example.com/b"}));
}

TEST(FakeApply, BadRequestsAreRefused) {
  FakeApiServer server;
  Json object = deployment({container("a", "x:1")});
  EXPECT_EQ(server.apply(kinds::Deployment, object, as(""), "").error().kind, ErrorKind::BadRequest);
  EXPECT_EQ(server.apply(kinds::Deployment, object, as("m"), "status").error().kind, ErrorKind::NotFound);
  object["metadata"]["managedFields"] = Json::array();
  EXPECT_EQ(applyDeployment(server, object).error().kind, ErrorKind::BadRequest);
}

TEST(FakeApply, ADryRunChangesNothing) {
  FakeApiServer server;
  ApplyOptions options = as("windlass");
  options.dryRun = true;
  ASSERT_TRUE(server.apply(kinds::Deployment, deployment({container("a", "x:1")}), options, ""));
  EXPECT_EQ(server.writeCount(), 0U);
  EXPECT_FALSE(server.get(kinds::Deployment, kKey));
}

}  // namespace
}  // namespace windlass::kube::fake_apply_test
