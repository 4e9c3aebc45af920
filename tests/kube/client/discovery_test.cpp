#include "kube/client/discovery.h"

#include <gtest/gtest.h>

#include "scripted_transport.h"

namespace windlass::kube {
namespace {

const Json kAggregated = Json::parse(R"({
  "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
  "items": [{"metadata": {"name": "windlass.dev"}, "versions": [{"version": "v1alpha1", "resources": [
    {"resource": "virtualmachines", "responseKind": {"group": "windlass.dev", "version": "v1alpha1",
     "kind": "VirtualMachine"}, "scope": "Namespaced", "singularResource": "virtualmachine", "shortNames": ["vm"],
     "verbs": ["get", "list"], "subresources": [{"subresource": "status"}]}]}]}]})");

TEST(Discovery, P36_AggregatedDocumentsAreRead) {
  const auto all = parseAggregatedDiscovery(kAggregated);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, (ResourceKind{"windlass.dev", "v1alpha1", "VirtualMachine", "virtualmachines", true}));
  EXPECT_EQ(all[0].shortNames, (std::vector<std::string>{"vm"}));
}

TEST(Discovery, P36_LegacyListsAreReadWithoutSubresources) {
  const auto all = parseResourceList(Json::parse(R"({"groupVersion": "apps/v1", "resources": [
    {"name": "deployments", "kind": "Deployment", "namespaced": true, "singularName": "deployment"},
    {"name": "deployments/scale", "kind": "Scale", "namespaced": true}]})"));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind.apiVersion(), "apps/v1");
}

TEST(Discovery, AResourceWithoutNameOrKindIsLeftOut) {
  const Json legacy = {{"groupVersion", "v1"},
                       {"resources", {{{"kind", "Pod"}}, {{"name", "pods"}}, {{"name", "a/b"}}}}};
  EXPECT_TRUE(parseResourceList(legacy).empty());
  const Json nameless = {{"responseKind", {{"kind", "Pod"}}}};
  const Json kindless = {{"resource", "pods"}};
  const Json aggregated = {{"items", {{{"versions", {{{"version", "v1"}, {"resources", {nameless, kindless}}}}}}}}};
  EXPECT_TRUE(parseAggregatedDiscovery(aggregated).empty());
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

class DiscoveryTest : public testing::Test {
 protected:
  void answerAggregated(const Json& groups) {
    transport->answer(200, R"({"kind": "APIGroupDiscoveryList", "items": []})");
    transport->answer(200, groups.dump());
  }
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  RestClient client{transport, {}};
};

TEST_F(DiscoveryTest, P36_TheAggregatedDocumentsAreAskedForFirstAndOnce) {
  answerAggregated(kAggregated);
  Discovery discovery(client);
  EXPECT_EQ(discovery.byKind("windlass.dev", "VirtualMachine")->plural, "virtualmachines");
  EXPECT_EQ(discovery.byName("vm")->kind, "VirtualMachine");
  ASSERT_EQ(transport->requests.size(), 2U);
  EXPECT_EQ(transport->requests[0].target, "/api");
  EXPECT_EQ(transport->requests[1].target, "/apis");
  EXPECT_EQ(transport->requests[1].headers.at(0).second.find("application/json;g=apidiscovery.k8s.io;v=v2"), 0U);
}

TEST_F(DiscoveryTest, P36_AnOlderServerIsAskedGroupByGroup) {
  transport->answer(200, R"({"kind": "APIVersions", "versions": ["v1"]})");
  transport->answer(200,
                    R"({"groupVersion": "v1", "resources": [{"name": "pods", "kind": "Pod", "namespaced": true}]})");
  transport->answer(200, R"({"kind": "APIGroupList", "groups": [
    {"name": "broken", "preferredVersion": {"groupVersion": "broken/v1"}},
    {"name": "apps", "preferredVersion": {"groupVersion": "apps/v1"}}]})");
  transport->answer(503, "");
  transport->answer(200, R"({"groupVersion": "apps/v1", "resources": [
    {"name": "deployments", "kind": "Deployment", "namespaced": true}]})");
  Discovery discovery(client);
  EXPECT_EQ(discovery.byName("deployments")->apiVersion(), "apps/v1");  // one broken group hides no other
  EXPECT_EQ(discovery.byName("pods")->apiVersion(), "v1");
  EXPECT_EQ(transport->requests.size(), 5U);
}

TEST_F(DiscoveryTest, P36_TheMappingIsResetWhenNothingMatches) {
  answerAggregated(Json{{"kind", "APIGroupDiscoveryList"}, {"items", Json::array()}});
  answerAggregated(kAggregated);  // the CRD was made meanwhile
  Discovery discovery(client, std::chrono::milliseconds(0));
  ASSERT_TRUE(discovery.all().has_value());
  EXPECT_TRUE(discovery.byKind("windlass.dev", "VirtualMachine").has_value());
  EXPECT_EQ(transport->requests.size(), 4U);
}

TEST_F(DiscoveryTest, P36_WhatDoesNotExistIsNotAskedForAgainAndAgain) {
  answerAggregated(kAggregated);
  Discovery discovery(client);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(discovery.byName("nothing").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(transport->requests.size(), 2U);
}

}  // namespace
}  // namespace windlass::kube
