#include "kube/runtime/projection.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

Json pod() {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", "a"}}},
          {"spec", {{"nodeName", "n1"}, {"containers", {{{"name", "c"}, {"image", "i"}}}}}},
          {"status", {{"phase", "Running"}, {"podIP", "10.0.0.1"}}}};
}

Json projected(const Projection& projection) {
  Json object = pod();
  projection(object);
  return object;
}

TEST(Projection, KeepsMetadataOnly) {
  EXPECT_EQ(projected(keepMetadata()), (Json{{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", "a"}}}}));
}

TEST(Projection, KeepsTheNamedFieldsAndNothingBesides) {
  Json expected = projected(keepMetadata());
  expected["spec"]["nodeName"] = "n1";
  expected["status"]["phase"] = "Running";
  EXPECT_EQ(projected(keepFields({"/status/phase", "/spec/nodeName", "/spec/absent"})), expected);
}

TEST(Projection, APointerThroughAListKeepsTheList) {
  EXPECT_EQ(projected(keepFields({"/spec/containers/0/name"}))["spec"],
            (Json{{"containers", {{{"name", "c"}, {"image", "i"}}}}}));
}

TEST(Projection, DropsTheNamedFields) {
  Json expected = pod();
  expected["spec"].erase("containers");
  expected.erase("status");
  EXPECT_EQ(projected(dropFields({"/spec/containers", "/status", "/absent/field", "no pointer", ""})), expected);
}

TEST(Projection, AnObjectOfAnotherShapeIsLeftAlone) {
  for (const Json& odd : {Json(nullptr), Json("text"), Json::array({1})}) {
    Json object = odd;
    dropFields({"/a/b"})(object);
    EXPECT_EQ(object, odd);
    keepFields({"/a/b"})(object);
    EXPECT_EQ(object, odd);
  }
}

TEST(Projection, EqualOnesHaveEqualNamesAndFunctionsOneOfTheirOwn) {
  EXPECT_EQ(keepFields({"/a", "/b"}).name(), keepFields({"/b", "/a"}).name());
  EXPECT_NE(keepFields({"/a"}).name(), dropFields({"/a"}).name());
  const auto nothing = [](Json&) {};
  const Projection one = nothing;
  const Projection other = nothing;
  EXPECT_NE(one.name(), other.name());
  EXPECT_EQ(Projection(one).name(), one.name());
  EXPECT_FALSE(Projection());
}

}  // namespace
}  // namespace windlass::kube
