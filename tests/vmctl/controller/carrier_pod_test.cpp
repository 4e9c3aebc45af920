#include "vmctl/controller/carrier_pod.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/source_tree/source_tree.h"
#include "world.h"

namespace windlass::vm {
namespace {

using kube::Json;

std::string goldenPath(const std::string& name) {
  return sourcePath("tests/vmctl/controller/golden/") + name + ".json";
}

// UPDATE_GOLDENS=1 writes the file instead; look at the difference before committing it.
void expectGolden(const Json& actual, const std::string& name) {
  const std::string text = actual.dump(2) + "\n";
  if (std::getenv("UPDATE_GOLDENS") != nullptr) std::ofstream(goldenPath(name)) << text;
  std::ifstream file(goldenPath(name));
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << goldenPath(name);
}

Json fullVm() {
  Json vm = test::vmJson();
  vm["spec"] = {{"cpu", {{"cores", 2}}},
                {"memory", "2Gi"},
                {"image", {{"reference", "windlass.dev/guest-debian:13"}, {"pullPolicy", "Always"}}},
                {"cloudInit", {{"userDataSecretRef", {{"name", "web-init"}}}}},
                {"readinessProbe", {{"http", {{"port", 8080}, {"path", "/healthz"}}}, {"periodSeconds", 1}}},
                {"terminationGracePeriodSeconds", 30},
                {"hostname", "shop"},
                {"nodeSelector", {{"zone", "a"}}},
                {"tolerations", Json::array({Json{{"key", "big"}, {"operator", "Exists"}}})}};
  return vm;
}

TEST(CarrierPod, OfASmallVmMatchesItsGolden) {
  expectGolden(carrierPod(test::vmOf(test::vmJson()), {}), "small");
}

TEST(CarrierPod, OfAVmWithEverythingMatchesItsGolden) {
  expectGolden(carrierPod(test::vmOf(fullVm()), {}), "full");
}

TEST(CarrierPod, NeverHoldsInlineUserData) {
  Json vm = test::vmJson();
  vm["spec"]["cloudInit"] = {{"userData", "#cloud-config\npassword: hunter2"}};
  EXPECT_EQ(carrierPod(test::vmOf(vm), {}).dump().find("hunter2"), std::string::npos);
}

TEST(CarrierPod, CannotBeGivenAnotherVmsLabel) {
  Json vm = test::vmJson();
  vm["metadata"]["labels"]["windlass.dev/vm"] = "other";
  EXPECT_EQ(kube::labelOf(carrierPod(test::vmOf(vm), {}), VmLabel), "web");
}

TEST(CarrierPod, ReservesTheGuestsMemoryPlusItsOverheadAsRequestAndLimit) {
  const Json pod = carrierPod(test::vmOf(test::vmJson()), {});
  const Json& resources = pod["spec"]["containers"][0]["resources"];
  EXPECT_EQ(resources["requests"]["memory"], "208Mi");
  EXPECT_EQ(resources["limits"]["memory"], resources["requests"]["memory"]);
}

TEST(ChangedFields, AreEmptyForAPodJustMade) {
  EXPECT_TRUE(changedFields(test::vmOf(fullVm()).spec, carrierPod(test::vmOf(fullVm()), {})).empty());
}

TEST(ChangedFields, NameEachFieldThatDiffers) {
  const Json pod = carrierPod(test::vmOf(fullVm()), {});
  Json vm = fullVm();
  vm["spec"]["memory"] = "3Gi";
  vm["spec"]["cpu"]["cores"] = 4;
  vm["spec"].erase("nodeSelector");
  vm["spec"]["kernelArguments"] = "quiet";
  EXPECT_EQ(changedFields(test::vmOf(vm).spec, pod),
            (std::vector<std::string>{"cpu.cores", "kernelArguments", "memory", "nodeSelector"}));
}

TEST(ChangedFields, AreBlindToSpellingAndToTheRunStrategy) {
  const Json pod = carrierPod(test::vmOf(fullVm()), {});
  Json vm = fullVm();
  vm["spec"]["memory"] = "2048Mi";
  vm["spec"]["runStrategy"] = "Halted";
  EXPECT_TRUE(changedFields(test::vmOf(vm).spec, pod).empty());
}

TEST(LabelPatch, AddsChangesAndRemovesCopiedLabelsOnly) {
  Json vm = test::vmJson();
  vm["metadata"]["labels"] = {{"app", "web"}, {"tier", "front"}};
  Json pod = carrierPod(test::vmOf(vm), {});
  pod["metadata"]["labels"]["added-by-someone"] = "x";
  EXPECT_TRUE(labelPatch(test::vmOf(vm), pod).is_null());
  vm["metadata"]["labels"] = {{"app", "api"}, {"new", ""}};
  const Json patch = labelPatch(test::vmOf(vm), pod);
  EXPECT_EQ(patch["metadata"]["labels"], (Json{{"app", "api"}, {"new", ""}, {"tier", nullptr}}));
  EXPECT_EQ(patch["metadata"]["annotations"][std::string(CopiedLabelsAnnotation)], "app,new");
}

}  // namespace
}  // namespace windlass::vm
