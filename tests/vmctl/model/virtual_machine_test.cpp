#include "vmctl/model/virtual_machine.h"

#include <gtest/gtest.h>

namespace windlass::vm {
namespace {

using kube::Json;

Json smallSpec() {
  return Json{{"memory", "128Mi"}, {"image", {{"reference", "windlass.dev/guest-tiny:1"}}}};
}

std::string errorOf(const Json& spec) {
  const auto result = decodeSpec(spec, "web");
  return result ? "" : result.error().message;
}

TEST(VirtualMachineModel, FillsDefaultsOfASmallSpec) {
  const auto spec = decodeSpec(smallSpec(), "web");
  ASSERT_TRUE(spec) << spec.error().toString();
  EXPECT_EQ(spec->runStrategy, RunStrategy::Always);
  EXPECT_EQ(spec->cores, 1);
  EXPECT_EQ(spec->memoryBytes, 128ULL << 20);
  EXPECT_EQ(spec->image.pullPolicy, PullPolicy::IfNotPresent);
  EXPECT_EQ(spec->accelerator, Accelerator::Auto);
  EXPECT_EQ(spec->terminationGracePeriodSeconds, 60);
  EXPECT_EQ(spec->hostname, "web");
  EXPECT_FALSE(spec->cloudInit);
  EXPECT_FALSE(spec->readinessProbe);
}

TEST(VirtualMachineModel, AnEmptyHostnameIsTheObjectsName) {
  auto written = smallSpec();
  written["hostname"] = "";
  EXPECT_EQ(decodeSpec(written, "web")->hostname, "web");
}

TEST(VirtualMachineModel, ReadsIdentityAndLabelsOfAnObject) {
  const Json object{
      {"metadata",
       {{"name", "web"}, {"namespace", "shop"}, {"uid", "u1"}, {"generation", 3}, {"labels", {{"app", "x"}}}}},
      {"spec", smallSpec()}};
  const auto vm = decodeVirtualMachine(object);
  ASSERT_TRUE(vm) << vm.error().toString();
  EXPECT_EQ(vm->name, "web");
  EXPECT_EQ(vm->ns, "shop");
  EXPECT_EQ(vm->uid, "u1");
  EXPECT_EQ(vm->generation, 3);
  EXPECT_EQ(vm->labels.at("app"), "x");
  EXPECT_FALSE(vm->deleting);
}

TEST(VirtualMachineModel, NamesThePathOfAnUnknownField) {
  auto spec = smallSpec();
  spec["image"]["tag"] = "1";
  EXPECT_EQ(errorOf(spec), "spec.image.tag: is not a field; known here: pullPolicy, reference");
}

TEST(VirtualMachineModel, NamesThePathOfAWrongType) {
  auto spec = smallSpec();
  spec["cpu"] = {{"cores", "two"}};
  EXPECT_EQ(errorOf(spec), "spec.cpu.cores: must be a whole number");
  spec["cpu"] = 2;
  EXPECT_EQ(errorOf(spec), "spec.cpu: must be an object");
}

TEST(VirtualMachineModel, RequiresMemoryAndImage) {
  EXPECT_EQ(errorOf({{"image", {{"reference", "x"}}}}), "spec.memory: is required");
  EXPECT_EQ(errorOf({{"memory", "128Mi"}}), "spec.image: is required");
  EXPECT_EQ(errorOf({{"memory", "128Mi"}, {"image", Json::object()}}), "spec.image.reference: is required");
}

TEST(VirtualMachineModel, BoundsMemory) {
  auto spec = smallSpec();
  spec["memory"] = "16Mi";
  EXPECT_NE(errorOf(spec).find("from 32Mi to 4Ti"), std::string::npos);
  spec["memory"] = "5Ti";
  EXPECT_NE(errorOf(spec).find("from 32Mi to 4Ti"), std::string::npos);
}

TEST(VirtualMachineModel, TakesUserDataInlineOrFromASecretButNotBoth) {
  auto spec = smallSpec();
  spec["cloudInit"] = {{"userData", "#cloud-config"}};
  EXPECT_EQ(errorOf(spec), "");
  spec["cloudInit"]["userDataSecretRef"] = {{"name", "s"}};
  EXPECT_EQ(errorOf(spec), "spec.cloudInit: give either userData or userDataSecretRef");
  spec["cloudInit"].erase("userData");
  const auto decoded = decodeSpec(spec, "web");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->cloudInit->userDataSecretRef->key, "userData");
  spec["cloudInit"] = Json::object();
  EXPECT_EQ(errorOf(spec), "spec.cloudInit: give either userData or userDataSecretRef");
}

TEST(VirtualMachineModel, TakesOneKindOfProbe) {
  auto spec = smallSpec();
  spec["readinessProbe"] = {{"http", {{"port", 8080}}}};
  const auto decoded = decodeSpec(spec, "web");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->readinessProbe->path, "/");
  EXPECT_EQ(decoded->readinessProbe->port, 8080);
  spec["readinessProbe"]["tcp"] = {{"port", 22}};
  EXPECT_EQ(errorOf(spec), "spec.readinessProbe: give either http or tcp");
  spec["readinessProbe"] = {{"tcp", {{"port", 0}}}};
  EXPECT_EQ(errorOf(spec), "spec.readinessProbe.tcp.port: must be from 1 to 65535");
}

TEST(VirtualMachineModel, NamesTheIndexOfABadToleration) {
  auto spec = smallSpec();
  spec["tolerations"] = Json::array({Json{{"key", "a"}}, Json{{"effect", "Never"}}});
  EXPECT_EQ(errorOf(spec), "spec.tolerations[1].effect: must be one of , NoSchedule, PreferNoSchedule, NoExecute");
}

TEST(VirtualMachineModel, SurvivesValuesOfEveryWrongType) {
  for (const Json& wrong : {Json(nullptr), Json(true), Json(1), Json(1.5), Json("x"), Json::array(), Json::object()}) {
    (void)decodeSpec(wrong, "web");
    (void)decodeVirtualMachine(wrong);
    for (const char* field : {"runStrategy", "cpu", "memory", "image", "cloudInit", "accelerator", "readinessProbe",
                              "terminationGracePeriodSeconds", "hostname", "nodeSelector", "tolerations",
                              "sshAuthorizedKeys", "kernelArguments"}) {
      auto spec = smallSpec();
      spec[field] = wrong;
      const auto result = decodeSpec(spec, "web");
      EXPECT_TRUE(result || result.error().message.starts_with("spec."));
    }
  }
}

}  // namespace
}  // namespace windlass::vm
