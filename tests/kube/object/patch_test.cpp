#include "kube/object/patch.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

TEST(JsonPatch, AFailedTestChangesNothing) {
  const Json document = {{"a", 1}};
  const Json patch = {{{"op", "add"}, {"path", "/b"}, {"value", 2}}, {{"op", "test"}, {"path", "/a"}, {"value", 9}}};
  const auto patched = applyJsonPatch(document, patch);
  ASSERT_FALSE(patched.has_value());
  EXPECT_EQ(patched.error().kind, ErrorKind::Invalid);
  EXPECT_EQ(document, (Json{{"a", 1}}));
}

TEST(JsonPatch, AllOperationsWork) {
  const Json document = {{"list", {1, 2}}, {"x", "y"}};
  const Json patch = {{{"op", "add"}, {"path", "/list/-"}, {"value", 3}},
                      {{"op", "remove"}, {"path", "/list/0"}},
                      {{"op", "move"}, {"from", "/x"}, {"path", "/z"}},
                      {{"op", "copy"}, {"from", "/z"}, {"path", "/w"}},
                      {{"op", "replace"}, {"path", "/z"}, {"value", nullptr}}};
  EXPECT_EQ(applyJsonPatch(document, patch).value(), (Json{{"list", {2, 3}}, {"w", "y"}, {"z", nullptr}}));
}

TEST(JsonPatch, AMissingPathIsInvalidAndNoPatchABadRequest) {
  const Json remove = {{{"op", "remove"}, {"path", "/none"}}};
  EXPECT_EQ(applyJsonPatch(Json::object(), remove).error().kind, ErrorKind::Invalid);
  EXPECT_EQ(applyJsonPatch(Json::object(), Json{{"op", "add"}}).error().kind, ErrorKind::BadRequest);
}

TEST(MergePatch, ThePatchBetweenTwoValuesLeadsFromOneToTheOther) {
  const Json from = {{"a", 1}, {"b", {{"c", 2}, {"d", 3}}}, {"l", {1}}};
  const Json to = {{"b", {{"c", 4}}}, {"l", {1, 2}}, {"n", "new"}};
  EXPECT_EQ(applyMergePatch(from, mergePatchBetween(from, to)), to);
  EXPECT_EQ(mergePatchBetween(to, to), Json::object());
}

TEST(ApplyBody, CarriesNothingThatTheServerOwns) {
  const Json object = {{"metadata",
                        {{"name", "n"},
                         {"uid", "u"},
                         {"resourceVersion", "1"},
                         {"generation", 1},
                         {"creationTimestamp", "t"},
                         {"managedFields", Json::array()}}},
                       {"status", {{"x", 1}}}};
  EXPECT_EQ(cleanForApply(object), (Json{{"metadata", {{"name", "n"}}}}));
  EXPECT_TRUE(cleanForApply(object, true).contains("status"));
}

}  // namespace
}  // namespace windlass::kube
