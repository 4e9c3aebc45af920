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

TEST(JsonPatch, NothingIsAddedWhereTheParentIsMissingOrHoldsNothing) {
  const auto kindOfAdd = [](const Json& document, const char* path) {
    return applyJsonPatch(document, {{{"op", "add"}, {"path", path}, {"value", 1}}}).error().kind;
  };
  EXPECT_EQ(kindOfAdd({{"a", Json::object()}}, "/a/b/c"), ErrorKind::Invalid);
  EXPECT_EQ(kindOfAdd({{"a", "text"}}, "/a/b"), ErrorKind::Invalid);
  EXPECT_EQ(kindOfAdd({{"a", nullptr}}, "/a/b"), ErrorKind::Invalid);
  EXPECT_EQ(kindOfAdd({{"a", {1}}}, "/a/2"), ErrorKind::Invalid);
}

TEST(JsonPatch, AnIndexHasNoLeadingZeroAndAPointerNoOtherEscape) {
  const auto replaced = applyJsonPatch({1, 2}, {{{"op", "replace"}, {"path", "/01"}, {"value", 9}}});
  EXPECT_EQ(replaced.error().kind, ErrorKind::Invalid);
  EXPECT_EQ(applyJsonPatch({{"a", 1}}, {{{"op", "remove"}, {"path", "/a~2"}}}).error().kind, ErrorKind::BadRequest);
  const Json slashed = {{"a/b", 1}, {"m~n", 2}};
  const Json patch = {{{"op", "remove"}, {"path", "/a~1b"}}, {{"op", "remove"}, {"path", "/m~0n"}}};
  EXPECT_EQ(applyJsonPatch(slashed, patch).value(), Json::object());
}

TEST(JsonPatch, TheWholeDocumentCanBeReplacedButNotRemoved) {
  EXPECT_EQ(applyJsonPatch({{"a", 1}}, {{{"op", "replace"}, {"path", ""}, {"value", {1}}}}).value(), (Json{1}));
  EXPECT_EQ(applyJsonPatch({{"a", 1}}, {{{"op", "remove"}, {"path", ""}}}).error().kind, ErrorKind::Invalid);
}

TEST(JsonPatch, AValueCannotBeMovedIntoItself) {
  const Json document = {{"a", {{"b", 1}}}};
  EXPECT_EQ(applyJsonPatch(document, {{{"op", "move"}, {"from", "/a"}, {"path", "/a/b"}}}).error().kind,
            ErrorKind::Invalid);
  EXPECT_EQ(applyJsonPatch(document, {{{"op", "move"}, {"from", "/a"}, {"path", "/a"}}}).value(), document);
}

}  // namespace
}  // namespace windlass::kube
