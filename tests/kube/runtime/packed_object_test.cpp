#include "kube/runtime/packed_object.h"

#include <gtest/gtest.h>

namespace windlass::kube::packed_object_test {
namespace {

Json pod() {
  return Json::parse(
      R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"app.kubernetes.io/name":"web"},
    "generation":3,"annotations":{"text":"gr\u00fc\u00df \"quoted\"\n"}},
    "spec":{"ratio":0.25,"negative":-7,"large":18446744073709551615,"no":false,"nothing":null,"list":[1,"two",{}]}})");
}

TEST(PackedObject, ComesBackAsItWas) {
  EXPECT_EQ(*PackedObject(pod()).unpack(), pod());
  EXPECT_EQ(PackedObject(pod()).unpack()->dump(), pod().dump());
}

TEST(PackedObject, IsSmallerThanItsText) {
  EXPECT_LT(PackedObject(pod()).size(), pod().dump().size());
}

TEST(PackedObject, NoneUnpacksToNothing) {
  EXPECT_FALSE(PackedObject());
  EXPECT_EQ(PackedObject().unpack(), nullptr);
  EXPECT_EQ(PackedObject(), PackedObject());
}

TEST(PackedObject, IsEqualByContent) {
  Json changed = pod();
  EXPECT_EQ(PackedObject(pod()), PackedObject(changed));
  changed["metadata"]["generation"] = 4;
  EXPECT_FALSE(PackedObject(pod()) == PackedObject(changed));
  EXPECT_FALSE(PackedObject(pod()) == PackedObject());
}

TEST(PackedObject, InvalidUtf8IsKeptAsItIs) {
  const Json odd{{"text", "\xff\xfe"}};
  EXPECT_EQ(*PackedObject(odd).unpack(), odd);
}

}  // namespace
}  // namespace windlass::kube::packed_object_test
