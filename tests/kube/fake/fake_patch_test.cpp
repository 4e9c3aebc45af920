#include "kube/fake/fake_patch.h"

#include <gtest/gtest.h>

namespace windlass::kube::fake {
namespace {

Json strategic(const Json& object, const Json& patch) {
  return patched(object, PatchType::StrategicMerge, patch).value();
}

TEST(StrategicPatch, ADirectiveIsNeverStoredAlsoWhereThereIsNoListYet) {
  const Json patch = {{"containers", {{{"name", "a"}, {"image", nullptr}}, {{"name", "b"}, {"$patch", "delete"}}}}};
  const Json expected = {{"containers", {{{"name", "a"}}}}};
  EXPECT_EQ(strategic(Json::object(), patch), expected);
  EXPECT_EQ(strategic(expected, patch), expected);
}

TEST(JsonPatchOfTheFake, AnAddIntoATextIsRefused) {
  const Json patch = {{{"op", "add"}, {"path", "/a/b"}, {"value", 1}}};
  EXPECT_EQ(patched({{"a", "text"}}, PatchType::Json, patch).error().kind, ErrorKind::Invalid);
}

}  // namespace
}  // namespace windlass::kube::fake
