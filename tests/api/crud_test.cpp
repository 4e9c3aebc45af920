// Create, read, update, patch, delete and their refusals.
#include "api_fixture.h"
#include "kube/object/patch.h"

namespace windlass::kube {
namespace {

using CrudApiTest = ApiTest;

TEST_F(CrudApiTest, WhatWasCreatedIsReadBack) {
  const auto created = client().create(kinds::ConfigMap, configMap("a", {{"k", "v"}}));
  ASSERT_OK(created);
  const auto read = client().get(kinds::ConfigMap, key("a"));
  ASSERT_OK(read);
  EXPECT_EQ(stringAt(*read, "/data/k"), "v");
  EXPECT_EQ(uidOf(*read), uidOf(*created));
}

TEST_F(CrudApiTest, CreatingTwiceIsAlreadyExists) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a")));
  const auto again = client().create(kinds::ConfigMap, configMap("a"));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, ErrorKind::AlreadyExists);
  EXPECT_EQ(again.error().httpStatus, 409);
}

TEST_F(CrudApiTest, AnUpdateWithAnOldResourceVersionIsAConflict) {
  const auto first = client().create(kinds::ConfigMap, configMap("a"));
  ASSERT_OK(first);
  Json newer = *first;
  newer["data"]["k"] = "1";
  ASSERT_OK(client().update(kinds::ConfigMap, newer));
  Json stale = *first;
  stale["data"]["k"] = "2";
  const auto refused = client().update(kinds::ConfigMap, stale);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
}

TEST_F(CrudApiTest, AWrongFieldIsInvalidWithTheFieldsName) {
  Json service = newObject(kinds::Service, key("s"));
  service["spec"]["ports"] = Json::array({{{"port", 99999}}});
  const auto refused = client().create(kinds::Service, service);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Invalid);
  EXPECT_NE(refused.error().message.find("spec.ports[0].port"), std::string::npos) << refused.error().message;
}

TEST_F(CrudApiTest, P27_EachPatchTypeDoesItsWork) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a", {{"x", "1"}, {"y", "1"}})));
  ASSERT_OK(client().patch(kinds::ConfigMap, key("a"), PatchType::Merge, {{"data", {{"x", nullptr}}}}));
  ASSERT_OK(client().patch(kinds::ConfigMap, key("a"), PatchType::StrategicMerge, {{"data", {{"y", "2"}}}}));
  const auto patched = client().patch(kinds::ConfigMap, key("a"), PatchType::Json,
                                      Json::array({{{"op", "add"}, {"path", "/data/z"}, {"value", "3"}}}));
  ASSERT_OK(patched);
  EXPECT_EQ((*patched)["data"], (Json{{"y", "2"}, {"z", "3"}}));
}

TEST_F(CrudApiTest, P32_AFinalizerPatchAgainstAStaleObjectIsRefused) {
  const auto object = client().create(kinds::ConfigMap, configMap("a"));
  ASSERT_OK(object);
  ASSERT_OK(
      client().patch(kinds::ConfigMap, key("a"), PatchType::Json, addFinalizerPatch(*object, "windlass.dev/one")));
  const auto stale =
      client().patch(kinds::ConfigMap, key("a"), PatchType::Json, addFinalizerPatch(*object, "windlass.dev/two"));
  ASSERT_FALSE(stale.has_value());
  const auto fresh = client().get(kinds::ConfigMap, key("a"));
  ASSERT_OK(fresh);
  EXPECT_FALSE(hasFinalizer(*fresh, "windlass.dev/two"));
  ASSERT_OK(
      client().patch(kinds::ConfigMap, key("a"), PatchType::Json, removeFinalizerPatch(*fresh, "windlass.dev/one")));
}

TEST_F(CrudApiTest, P27_StatusIsWrittenOnlyThroughItsSubresource) {
  Json budget = newObject(kinds::PodDisruptionBudget, key("p"));
  budget["spec"] = {{"minAvailable", 1}, {"selector", {{"matchLabels", {{"a", "b"}}}}}};
  auto created = client().create(kinds::PodDisruptionBudget, budget);
  ASSERT_OK(created);
  Json changed = *created;
  changed["status"]["expectedPods"] = 7;
  auto updated = client().update(kinds::PodDisruptionBudget, changed);
  ASSERT_OK(updated);
  EXPECT_EQ(intAt(*updated, "/status/expectedPods"), 0);
  changed["metadata"]["resourceVersion"] = resourceVersionOf(*updated);
  updated = client().update(kinds::PodDisruptionBudget, changed, "status");
  ASSERT_OK(updated);
  EXPECT_EQ(intAt(*updated, "/status/expectedPods"), 7);
}

TEST_F(CrudApiTest, DeletingWhatIsNotThereIsNotFoundUnlessThatIsFine) {
  const Status removed = client().remove(kinds::ConfigMap, key("none"));
  ASSERT_FALSE(removed.has_value());
  EXPECT_EQ(removed.error().kind, ErrorKind::NotFound);
  ASSERT_OK(removeIfThere(client(), kinds::ConfigMap, key("none")));
}

TEST_F(CrudApiTest, ADeletePreconditionOnAnotherUidIsAConflict) {
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("a")));
  DeleteOptions options;
  options.uid = "00000000-0000-0000-0000-000000000000";
  const Status removed = client().remove(kinds::ConfigMap, key("a"), options);
  ASSERT_FALSE(removed.has_value());
  EXPECT_EQ(removed.error().kind, ErrorKind::Conflict);
  ASSERT_OK(client().remove(kinds::ConfigMap, key("a")));
}

TEST_F(CrudApiTest, F08_AnObjectNearTheServersLimitMakesTheRoundTrip) {
  // Characters of two bytes, so that pieces of the body end inside of one.
  std::string text;
  while (text.size() < 1000U * 1000U) text += "\xC3\xBC windlass ";
  ASSERT_OK(client().create(kinds::ConfigMap, configMap("big", {{"text", text}})));
  const auto read = client().get(kinds::ConfigMap, key("big"));
  ASSERT_OK(read);
  EXPECT_EQ(stringAt(*read, "/data/text"), text);
}

TEST_F(CrudApiTest, AnObjectOverTheServersLimitIsRefusedWithoutARetry) {
  const auto refused = client().create(kinds::ConfigMap, configMap("huge", {{"text", std::string(4U << 20U, 'x')}}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_FALSE(refused.error().retryable()) << refused.error().toString();
}

}  // namespace
}  // namespace windlass::kube
