#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

Json ownerNamed(const std::string& name, const std::string& ns = "s") {
  Json owner = newObject(kinds::StatefulSet, {ns, name});
  owner["metadata"]["uid"] = "uid-" + name;
  return owner;
}

TEST(Owner, TheControllerIsFoundAgain) {
  Json pod = newObject(kinds::Pod, {"s", "p"});
  ASSERT_TRUE(setController(pod, ownerNamed("a"), kinds::StatefulSet).has_value());
  const auto controller = controllerOf(pod);
  ASSERT_TRUE(controller.has_value());
  EXPECT_EQ(controller->apiVersion, "apps/v1");
  EXPECT_EQ(controller->uid, "uid-a");
  EXPECT_TRUE(controller->blockOwnerDeletion);
}

TEST(Owner, P33_SettingTheSameControllerTwiceChangesNothing) {
  Json pod = newObject(kinds::Pod, {"s", "p"});
  ASSERT_TRUE(setController(pod, ownerNamed("a"), kinds::StatefulSet).has_value());
  const Json once = pod;
  ASSERT_TRUE(setController(pod, ownerNamed("a"), kinds::StatefulSet).has_value());
  EXPECT_EQ(pod, once);
}

TEST(Owner, P33_ASecondControllerIsRefused) {
  Json pod = newObject(kinds::Pod, {"s", "p"});
  ASSERT_TRUE(setController(pod, ownerNamed("a"), kinds::StatefulSet).has_value());
  const Status refused = setController(pod, ownerNamed("b"), kinds::StatefulSet);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Invalid);
}

TEST(Owner, P33_AnOwnerInAnotherNamespaceIsRefused) {
  Json pod = newObject(kinds::Pod, {"s", "p"});
  EXPECT_FALSE(setController(pod, ownerNamed("a", "other"), kinds::StatefulSet).has_value());
  Json node = newObject(kinds::Node, {"", "n"});
  EXPECT_FALSE(setController(node, ownerNamed("a"), kinds::StatefulSet).has_value());
}

TEST(Owner, AClusterScopedOwnerMayOwnAnything) {
  Json pod = newObject(kinds::Pod, {"s", "p"});
  Json node = newObject(kinds::Node, {"", "n"});
  node["metadata"]["uid"] = "u";
  EXPECT_TRUE(setController(pod, node, kinds::Node).has_value());
}

}  // namespace
}  // namespace windlass::kube
