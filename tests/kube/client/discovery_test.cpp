#include "kube/client/discovery.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

const Json kAggregated = Json::parse(R"({
  "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
  "items": [{"metadata": {"name": "windlass.dev"}, "versions": [{"version": "v1alpha1", "resources": [
    {"resource": "virtualmachines", "responseKind": {"group": "windlass.dev", "version": "v1alpha1",
     "kind": "VirtualMachine"}, "scope": "Namespaced", "singularResource": "virtualmachine", "shortNames": ["vm"],
     "verbs": ["get", "list"], "subresources": [{"subresource": "status"}]}]}]}]})");

TEST(Discovery, AggregatedDocumentsAreRead) {
  const auto all = parseAggregatedDiscovery(kAggregated);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, (ResourceKind{"windlass.dev", "v1alpha1", "VirtualMachine", "virtualmachines", true}));
  EXPECT_EQ(all[0].shortNames, (std::vector<std::string>{"vm"}));
}

TEST(Discovery, LegacyListsAreReadWithoutSubresources) {
  const auto all = parseResourceList(Json::parse(R"({"groupVersion": "apps/v1", "resources": [
    {"name": "deployments", "kind": "Deployment", "namespaced": true, "singularName": "deployment"},
    {"name": "deployments/scale", "kind": "Scale", "namespaced": true}]})"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind.apiVersion(), "apps/v1");
}

TEST(Discovery, ANameMayBeQualified) {
  auto all = parseAggregatedDiscovery(kAggregated);
  all.insert(all.begin(), {{"other.dev", "v1", "VirtualMachine", "virtualmachines", true}, "", {}, {}});
  EXPECT_EQ(findResource(all, "virtualmachines")->kind.group, "other.dev");
  EXPECT_EQ(findResource(all, "virtualmachines.windlass.dev")->kind.group, "windlass.dev");
  EXPECT_EQ(findResource(all, "vm.v1alpha1.windlass.dev")->kind.group, "windlass.dev");
  EXPECT_EQ(findResource(all, "vm.v2.windlass.dev"), nullptr);
  EXPECT_EQ(findResource(all, ""), nullptr);
}

TEST(Discovery, OddDocumentsAreEmpty) {
  for (const Json& odd : {Json(), Json(1), Json{{"items", "x"}}, Json{{"items", {1, nullptr}}}}) {
    EXPECT_TRUE(parseAggregatedDiscovery(odd).empty());
    EXPECT_TRUE(parseResourceList(odd).empty());
  }
}

}  // namespace
}  // namespace windlass::kube
