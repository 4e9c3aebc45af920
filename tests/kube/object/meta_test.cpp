#include "kube/object/meta.h"

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/patch.h"

namespace windlass::kube {
namespace {

const Json kObject = {{"kind", "Pod"},
                      {"metadata",
                       {{"name", "n"},
                        {"namespace", "s"},
                        {"uid", "u"},
                        {"resourceVersion", "7"},
                        {"generation", 3},
                        {"labels", {{"windlass.dev/vm", "x"}}},
                        {"finalizers", {"a", "b"}}}},
                      {"spec", {{"list", {1, {{"deep", true}}}}, {"a/b~c", "slash"}}}};

TEST(Meta, FieldsAreRead) {
  EXPECT_EQ(keyOf(kObject).toString(), "s/n");
  EXPECT_EQ(uidOf(kObject), "u");
  EXPECT_EQ(generationOf(kObject), 3);
  EXPECT_EQ(labelOf(kObject, "windlass.dev/vm"), "x");
  EXPECT_TRUE(hasFinalizer(kObject, "b"));
  EXPECT_FALSE(isDeleting(kObject));
}

TEST(Meta, WhatIsMissingOrOfAnotherTypeReadsAsEmpty) {
  for (const Json& odd :
       {Json(), Json(5), Json::array(), Json{{"metadata", "text"}}, Json{{"metadata", {{"labels", 1}}}}}) {
    EXPECT_EQ(nameOf(odd), "");
    EXPECT_EQ(labelOf(odd, "x"), "");
    EXPECT_FALSE(hasFinalizer(odd, "x"));
    EXPECT_EQ(generationOf(odd), 0);
    EXPECT_TRUE(ownersOf(odd).empty());
  }
}

TEST(Meta, FindFollowsPointers) {
  EXPECT_TRUE(boolAt(kObject, "/spec/list/1/deep"));
  EXPECT_EQ(stringAt(kObject, "/spec/a~1b~0c"), "slash");
  EXPECT_EQ(find(kObject, ""), &kObject);
  EXPECT_EQ(find(kObject, "/spec/list/2"), nullptr);
  EXPECT_EQ(find(kObject, "/spec/list/-"), nullptr);
  EXPECT_EQ(find(kObject, "/spec/list/x1"), nullptr);
  EXPECT_EQ(find(kObject, "no-slash"), nullptr);
}

TEST(Meta, ANewObjectHasANamespaceOnlyWhenItsKindHas) {
  EXPECT_EQ(namespaceOf(newObject(kinds::Pod, {"s", "n"})), "s");
  EXPECT_FALSE(newObject(kinds::Node, {"s", "n"})["metadata"].contains("namespace"));
}

TEST(Meta, P32_AddingAFinalizerTestsTheResourceVersion) {
  const Json patch = addFinalizerPatch(kObject, "c");
  EXPECT_EQ(patch[0]["op"], "test");
  EXPECT_EQ(patch[0]["value"], "7");
  EXPECT_TRUE(hasFinalizer(applyJsonPatch(kObject, patch).value(), "c"));
  EXPECT_TRUE(addFinalizerPatch(kObject, "a").empty());
}

TEST(Meta, P32_TheFirstFinalizerMakesTheList) {
  const Json bare = {{"metadata", {{"name", "n"}}}};
  EXPECT_TRUE(hasFinalizer(applyJsonPatch(bare, addFinalizerPatch(bare, "c")).value(), "c"));
}

TEST(Meta, P32_RemovingAFinalizerNeverRemovesAnother) {
  const Json patch = removeFinalizerPatch(kObject, "b");
  const Json after = applyJsonPatch(kObject, patch).value();
  EXPECT_FALSE(hasFinalizer(after, "b"));
  EXPECT_TRUE(hasFinalizer(after, "a"));
  Json shifted = kObject;
  shifted["metadata"]["finalizers"] = {"b", "a"};
  EXPECT_FALSE(applyJsonPatch(shifted, patch).has_value());
}

}  // namespace
}  // namespace windlass::kube
