#include "kube/fake/fake_api_server.h"

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::fake_api_server_test {
namespace {

const ResourceKind kWidget{"windlass.dev", "v1alpha1", "Widget", "widgets", true};
const ObjectKey kKey{"default", "one"};

Json widget(int size = 1) {
  Json object = newObject(kWidget, kKey);
  object["spec"]["size"] = size;
  return object;
}

ListOptions selecting(const std::string& labels, const std::string& fields = "") {
  ListOptions options;
  options.labelSelector = labels;
  options.fieldSelector = fields;
  return options;
}

TEST(FakeApiServer, ACreateAssignsUidVersionAndGenerationAndDropsStatus) {
  FakeApiServer server;
  Json object = widget();
  object["status"]["ready"] = true;
  const auto created = server.create(kWidget, object);
  ASSERT_TRUE(created) << created.error().toString();
  EXPECT_FALSE(uidOf(*created).empty());
  EXPECT_FALSE(resourceVersionOf(*created).empty());
  EXPECT_EQ(generationOf(*created), 1);
  EXPECT_FALSE(created->contains("status"));
  EXPECT_EQ(server.create(kWidget, object).error().kind, ErrorKind::AlreadyExists);
}

TEST(FakeApiServer, ALogIsReadFromASecondOnAndNoFurtherThanTheLimit) {
  FakeApiServer server;
  const ObjectKey pod{"default", "writes"};
  EXPECT_EQ(server.readLog(pod, {}).error().kind, ErrorKind::NotFound);
  ASSERT_TRUE(server.create(kinds::Pod, newObject(kinds::Pod, pod)));
  EXPECT_EQ(*server.readLog(pod, {}), "");
  const TimePoint time{std::chrono::milliseconds(1767323045500)};
  server.log(pod, time, "one");
  server.log(pod, time + std::chrono::seconds(1), "two");
  EXPECT_EQ(*server.readLog(pod, {}), "2026-01-02T03:04:05.500000Z one\n2026-01-02T03:04:06.500000Z two\n");
  LogOptions options;
  options.sinceSeconds = 1767323046;
  EXPECT_EQ(*server.readLog(pod, options), "2026-01-02T03:04:06.500000Z two\n");
  options.limitBytes = 4;
  EXPECT_EQ(*server.readLog(pod, options), "2026");
}

TEST(FakeApiServer, AnUpdateNeedsTheLatestResourceVersion) {
  FakeApiServer server;
  Json stale = *server.create(kWidget, widget());
  Json fresh = stale;
  fresh["spec"]["size"] = 2;
  const auto updated = server.update(kWidget, fresh);
  ASSERT_TRUE(updated);
  EXPECT_EQ(generationOf(*updated), 2);
  stale["spec"]["size"] = 3;
  const auto refused = server.update(kWidget, stale);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(refused.error().httpStatus, 409);
  EXPECT_EQ(server.update(kWidget, widget(4)).error().kind, ErrorKind::Invalid);  // no resourceVersion at all
}

TEST(FakeApiServer, StatusIsWrittenOnlyThroughItsSubresourceAndLeavesTheGeneration) {
  FakeApiServer server;
  Json object = *server.create(kWidget, widget());
  object["status"]["ready"] = true;
  object["spec"]["size"] = 9;
  const auto viaStatus = server.update(kWidget, object, "status");
  ASSERT_TRUE(viaStatus);
  EXPECT_TRUE(boolAt(*viaStatus, "/status/ready"));
  EXPECT_EQ(intAt(*viaStatus, "/spec/size"), 1);
  EXPECT_EQ(generationOf(*viaStatus), 1);
  Json viaMain = *viaStatus;
  viaMain["status"]["ready"] = false;
  EXPECT_TRUE(boolAt(*server.update(kWidget, viaMain), "/status/ready"));
}

TEST(FakeApiServer, AWriteThatChangesNothingIsNoWrite) {
  FakeApiServer server;
  const Json object = *server.create(kWidget, widget());
  server.clearRequests();
  EXPECT_EQ(resourceVersionOf(*server.update(kWidget, object)), resourceVersionOf(object));
  EXPECT_EQ(resourceVersionOf(*server.patch(kWidget, kKey, PatchType::Merge, {{"spec", {{"size", 1}}}})),
            resourceVersionOf(object));
  EXPECT_EQ(server.writeCount(), 0U);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(FakeApiServer, ADeletionWaitsForFinalizers) {
  FakeApiServer server;
  Json object = widget();
  object["metadata"]["finalizers"] = {"windlass.dev/test"};
  const Json created = *server.create(kWidget, object);
  ASSERT_TRUE(server.remove(kWidget, kKey));
  Json dying = *server.get(kWidget, kKey);
  EXPECT_TRUE(isDeleting(dying));
  EXPECT_EQ(generationOf(dying), 2);
  Json more = dying;
  more["metadata"]["finalizers"].push_back("windlass.dev/late");
  EXPECT_EQ(server.update(kWidget, more).error().kind, ErrorKind::Invalid);
  ASSERT_TRUE(server.patch(kWidget, kKey, PatchType::Json, removeFinalizerPatch(dying, "windlass.dev/test")));
  EXPECT_EQ(server.get(kWidget, kKey).error().kind, ErrorKind::NotFound);
}

TEST(FakeApiServer, ADeleteHonoursTheUidPrecondition) {
  FakeApiServer server;
  server.create(kWidget, widget());
  DeleteOptions wrong;
  wrong.uid = "another";
  EXPECT_EQ(server.remove(kWidget, kKey, wrong).error().kind, ErrorKind::Conflict);
  EXPECT_TRUE(server.get(kWidget, kKey));
}

TEST(FakeApiServer, AJsonPatchWhoseTestFailsIsInvalid) {
  FakeApiServer server;
  server.create(kWidget, widget());
  const Json body = Json::array({{{"op", "test"}, {"path", "/spec/size"}, {"value", 7}}});
  EXPECT_EQ(server.patch(kWidget, kKey, PatchType::Json, body).error().kind, ErrorKind::Invalid);
}

TEST(FakeApiServer, SecretsEncodeStringData) {
  FakeApiServer server;
  Json secret = newObject(kinds::Secret, kKey);
  secret["stringData"] = {{"a", "x"}, {"b", "hello"}, {"c", ""}, {"d", "ab"}};
  const Json stored = *server.create(kinds::Secret, secret);
  EXPECT_EQ(stored["data"], (Json{{"a", "eA=="}, {"b", "aGVsbG8="}, {"c", ""}, {"d", "YWI="}}));
  EXPECT_FALSE(stored.contains("stringData"));
  EXPECT_EQ(generationOf(stored), 0);
}

TEST(FakeApiServer, ListsPageByPageAndForgetsTokensWhenCompacted) {
  FakeApiServer server;
  for (const char* name : {"a", "b", "c", "d", "e"}) server.create(kWidget, newObject(kWidget, {"default", name}));
  ListOptions options;
  options.limit = 2;
  std::vector<std::string> names;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = server.list(kWidget, options);
    ASSERT_TRUE(page);
    for (const Json& item : page->items) names.push_back(nameOf(item));
    options.continueToken = page->continueToken;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  options.continueToken = "";
  options.continueToken = server.list(kWidget, options)->continueToken;
  server.compact();
  EXPECT_EQ(server.list(kWidget, options).error().kind, ErrorKind::Expired);
}

TEST(FakeApiServer, SelectsByLabelsAndFieldsAndAsMetadata) {
  FakeApiServer server;
  Json pod = newObject(kinds::Pod, {"default", "a"});
  pod["metadata"]["labels"] = {{"app", "x"}};
  pod["spec"]["nodeName"] = "n1";
  server.create(kinds::Pod, pod);
  pod["metadata"]["name"] = "b";
  pod["spec"]["nodeName"] = "n2";
  server.create(kinds::Pod, pod);
  EXPECT_EQ(server.list(kinds::Pod, selecting("app in (x,y),!gone"))->items.size(), 2U);
  ListOptions metadataOnly = selecting("", "spec.nodeName=n2");
  metadataOnly.metadataOnly = true;
  const auto onNode = server.list(kinds::Pod, metadataOnly);
  ASSERT_EQ(onNode->items.size(), 1U);
  EXPECT_EQ(nameOf(onNode->items[0]), "b");
  EXPECT_EQ(kindOf(onNode->items[0]), "PartialObjectMetadata");
  EXPECT_FALSE(onNode->items[0].contains("spec"));
  EXPECT_EQ(server.list(kinds::Pod, selecting("a in (")).error().kind, ErrorKind::BadRequest);
}

TEST(FakeApiServer, GarbageCollectionFollowsOwnersDownTheTree) {
  FakeApiServer server;
  const Json parent = *server.create(kWidget, widget());
  Json child = newObject(kinds::ConfigMap, {"default", "child"});
  ASSERT_TRUE(setController(child, parent, kWidget));
  const Json childNow = *server.create(kinds::ConfigMap, child);
  Json grandchild = newObject(kinds::Secret, {"default", "grandchild"});
  ASSERT_TRUE(setController(grandchild, childNow, kinds::ConfigMap));
  server.create(kinds::Secret, grandchild);
  EXPECT_EQ(server.collectGarbage(), 0U);
  ASSERT_TRUE(server.remove(kWidget, kKey));
  EXPECT_EQ(server.collectGarbage(), 2U);
  EXPECT_FALSE(server.get(kinds::Secret, {"default", "grandchild"}));
}

TEST(FakeApiServer, AForegroundDeletionEndsAfterItsDependents) {
  FakeApiServer server;
  const Json parent = *server.create(kWidget, widget());
  Json child = newObject(kinds::ConfigMap, {"default", "child"});
  ASSERT_TRUE(setController(child, parent, kWidget));
  server.create(kinds::ConfigMap, child);
  DeleteOptions foreground;
  foreground.propagation = "Foreground";
  ASSERT_TRUE(server.remove(kWidget, kKey, foreground));
  EXPECT_TRUE(isDeleting(*server.get(kWidget, kKey)));
  EXPECT_EQ(server.collectGarbage(), 2U);
  EXPECT_FALSE(server.get(kWidget, kKey));
}

TEST(FakeApiServer, InjectedFaultsReachTheCaller) {
  FakeApiServer server;
  server.setFaultInjector([](const FakeRequest& request) -> std::optional<Error> {
    if (request.verb != "create") return std::nullopt;
    return Error{ErrorKind::Forbidden, "no", 403, std::nullopt, nullptr};
  });
  EXPECT_EQ(server.create(kWidget, widget()).error().kind, ErrorKind::Forbidden);
  EXPECT_TRUE(server.list(kWidget, {}));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[0].key, kKey);
}

}  // namespace
}  // namespace windlass::kube::fake_api_server_test
