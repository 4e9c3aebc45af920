#include "operator/model/openstack_cloud.h"

#include <gtest/gtest.h>

#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

Json cloudWith(Json spec) {
  return {{"apiVersion", "windlass.dev/v1alpha1"},
          {"kind", "OpenStackCloud"},
          {"metadata", {{"name", "demo"}, {"namespace", "openstack"}, {"uid", "u-1"}, {"generation", 3}}},
          {"spec", std::move(spec)}};
}

Json smallest() {
  return {{"release", "2025.1"}, {"services", {{"alpha", Json::object()}}}};
}

std::string refusalOf(const Json& spec) {
  const auto decoded = decodeOpenStackCloud(cloudWith(spec));
  return decoded ? "accepted" : decoded.error().message;
}

TEST(OpenStackCloud, TheSmallestSpecGetsDefaults) {
  const auto cloud = decodeOpenStackCloud(cloudWith(smallest()));
  ASSERT_TRUE(cloud) << cloud.error().toString();
  EXPECT_EQ(cloud->key.toString(), "openstack/demo");
  EXPECT_EQ(cloud->generation, 3);
  EXPECT_EQ(cloud->spec.region, "RegionOne");
  EXPECT_EQ(cloud->spec.gateway.serviceType, "ClusterIP");
  EXPECT_FALSE(cloud->spec.deleteData);
  EXPECT_FALSE(cloud->spec.adminPasswordSecret);
}

TEST(OpenStackCloud, ConfigValuesOfAllKindsBecomeText) {
  Json spec = smallest();
  spec["services"]["alpha"]["config"] = {
      {"DEFAULT", {{"debug", true}, {"workers", 4}, {"ratio", 0.5}, {"name", "x"}, {"many", {"a", "b"}}}}};
  const auto cloud = decodeOpenStackCloud(cloudWith(spec));
  ASSERT_TRUE(cloud) << cloud.error().toString();
  const auto& section = cloud->spec.services.at("alpha").config.at("DEFAULT");
  EXPECT_EQ(section.at("debug"), std::vector<std::string>{"true"});
  EXPECT_EQ(section.at("workers"), std::vector<std::string>{"4"});
  EXPECT_EQ(section.at("ratio"), std::vector<std::string>{"0.5"});
  EXPECT_EQ(section.at("many"), (std::vector<std::string>{"a", "b"}));
}

TEST(OpenStackCloud, AWrongFieldIsRefusedWithItsPathAndTheRightName) {
  Json spec = smallest();
  spec["services"]["alpha"]["replcas"] = 2;
  EXPECT_EQ(refusalOf(spec), "spec.services.alpha.replcas: is not a known field, did you mean replicas?");
}

TEST(OpenStackCloud, ALineBreakInAConfigValueCannotSmuggleInAnOption) {
  Json spec = smallest();
  spec["services"]["alpha"]["config"] = {{"DEFAULT", {{"a", "x\nb = y"}}}};
  EXPECT_NE(refusalOf(spec).find("spec.services.alpha.config.DEFAULT.a: must be a text of one line"),
            std::string::npos);
  spec["services"]["alpha"]["config"] = {{"DEFAULT]\n[other", {{"a", "x"}}}};
  EXPECT_NE(refusalOf(spec).find("is no section name"), std::string::npos);
  spec["services"]["alpha"]["config"] = {{"DEFAULT", {{"a\nb", "x"}}}};
  EXPECT_NE(refusalOf(spec).find("is no option name"), std::string::npos);
}

TEST(OpenStackCloud, InfrastructureIsEmbeddedOrExternalButNotBoth) {
  Json spec = smallest();
  spec["infrastructure"]["database"] = {{"embedded", Json::object()}, {"external", {{"host", "db"}, {"port", 3306}}}};
  EXPECT_EQ(refusalOf(spec), "spec.infrastructure.database: has both embedded and external, keep one of them");
  spec["infrastructure"]["database"] = Json::object();
  const auto cloud = decodeOpenStackCloud(cloudWith(spec));
  ASSERT_TRUE(cloud);
  EXPECT_TRUE(cloud->spec.infrastructure.at("database").embedded);
}

TEST(OpenStackCloud, AnExternalServerNeedsHostAndPort) {
  Json spec = smallest();
  spec["infrastructure"]["database"] = {{"external", Json::object()}};
  const std::string refusal = refusalOf(spec);
  EXPECT_NE(refusal.find("spec.infrastructure.database.external.host: is missing"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("spec.infrastructure.database.external.port: is missing"), std::string::npos) << refusal;
}

TEST(OpenStackCloud, HostileShapesAreRefusedWithoutHarm) {
  for (const Json& wrong : {Json(), Json(1), Json("x"), Json::array({1, 2})}) {
    EXPECT_NE(refusalOf(wrong), "accepted") << wrong;
    Json spec = smallest();
    spec["services"] = wrong;
    EXPECT_NE(refusalOf(spec), "accepted") << wrong;
    spec = smallest();
    spec["gateway"] = wrong.is_null() ? Json(false) : wrong;
    EXPECT_NE(refusalOf(spec), "accepted") << wrong;
  }
  Json huge = smallest();
  for (int i = 0; i < 5000; ++i) huge["services"]["s" + std::to_string(i)] = Json::object();
  EXPECT_NE(refusalOf(huge).find("has too many entries"), std::string::npos);
  EXPECT_LT(refusalOf(huge).size(), 1000U);
}

TEST(OpenStackCloud, ALongNameIsRefusedBecauseObjectNamesBeginWithIt) {
  Json object = cloudWith(smallest());
  object["metadata"]["name"] = std::string(21, 'a');
  const auto decoded = decodeOpenStackCloud(object);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("metadata.name"), std::string::npos);
}

TEST(OpenStackCloud, StatusSurvivesARoundTrip) {
  OpenStackCloudStatus status;
  status.observedGeneration = 7;
  status.release = "2025.1";
  status.conditions = Json::array({{{"type", "Ready"}, {"status", "True"}}});
  status.endpoints["identity"] = "http://x/v3";
  status.services["alpha"] = {2, 1, "abc"};
  status.waitingFor = "starting alpha";
  status.components["alpha/api"] = {"2025.2"};
  status.plan = "demo-2025.1-2025.2-0123456789";
  const Json encoded = encodeStatus(status);
  EXPECT_EQ(encodeStatus(decodeStatus({{"status", encoded}})), encoded);
}

TEST(OpenStackCloud, AMistypedStatusIsReadAsEmpty) {
  const OpenStackCloudStatus status =
      decodeStatus({{"status", {{"conditions", 3}, {"endpoints", "x"}, {"services", Json::array()}}}});
  EXPECT_TRUE(status.conditions.empty());
  EXPECT_TRUE(status.services.empty());
}

}  // namespace
}  // namespace windlass::ops
