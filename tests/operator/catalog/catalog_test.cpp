#include "operator/catalog/catalog.h"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/source_tree/source_tree.h"

namespace windlass::ops {
namespace {

constexpr const char* kSmallest = R"(apiVersion: windlass.dev/definition/v1
kind: Service
name: alpha
title: Alpha
image: base
user: {uid: 1000, gid: 1000}
secrets:
  key: {keys: {value: {generator: hex}}}
components:
  api:
    kind: api
    workload: Deployment
    ports: {http: 80}
    service: headless
    env:
      - {name: KEY, secret: key, key: value}
    readiness: {type: tcp, port: http}
    resources: {requests: {cpu: 1m}, limits: {cpu: 1m}}
)";

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), with);
}

std::string refusalOf(const std::string& what, const std::string& with) {
  const auto definition = decodeDefinition(replaced(kSmallest, what, with), "charts/alpha/service.yaml");
  return definition ? "accepted" : definition.error().message;
}

TEST(Catalog, TheRealDataIsReadWithoutComplaint) {
  const auto catalog = readCatalog(sourcePath("charts/openstack"), sourcePath("upgrades"));
  ASSERT_TRUE(catalog) << catalog.error().toString();
  ASSERT_NE(catalog->release("2025.1"), nullptr);
  for (const auto& [role, name] : catalog->release("2025.1")->infrastructure)
    EXPECT_NE(catalog->definition(name), nullptr);
}

TEST(Catalog, TheSmallestDefinitionIsAccepted) {
  const auto definition = decodeDefinition(kSmallest, "f");
  ASSERT_TRUE(definition) << definition.error().toString();
  EXPECT_EQ(definition->components.front().ports.front().number, 80);
}

TEST(Catalog, ErrorsNameFileLineAndField) {
  EXPECT_EQ(refusalOf("workload: Deployment", "wrkload: Deployment"),
            "charts/alpha/service.yaml:11: components.api.workload: is missing, a text is needed\n"
            "charts/alpha/service.yaml:12: components.api.wrkload: is not a known field, did you mean workload?");
  EXPECT_EQ(refusalOf("kind: api", "kind: apy"),
            "charts/alpha/service.yaml:11: components.api.kind: \"apy\" is not known, did you mean api?");
  EXPECT_EQ(
      refusalOf("port: http", "port: htp"),
      "charts/alpha/service.yaml:17: components.api.readiness.port: no port is named \"htp\", did you mean http?");
  EXPECT_EQ(
      refusalOf("secret: key", "secret: kee"),
      "charts/alpha/service.yaml:16: components.api.env[0].secret: no secret is named \"kee\", did you mean key?");
}

TEST(Catalog, WhatDoesNotFitTogetherIsRefused) {
  EXPECT_NE(refusalOf("kind: Service", "kind: Infrastructure").find("role"), std::string::npos);
  EXPECT_NE(refusalOf("uid: 1000", "uid: 0").find("user.uid"), std::string::npos);
  EXPECT_NE(refusalOf("name: alpha", "name: Alpha").find("is no name"), std::string::npos);
  EXPECT_NE(refusalOf("{name: KEY, secret: key, key: value}", "{name: KEY, value: x, secret: key, key: value}")
                .find("not both"),
            std::string::npos);
  EXPECT_NE(refusalOf("generator: hex", "generator: literal").find("value: is missing"), std::string::npos);
  EXPECT_NE(refusalOf("{cpu: 1m}, limits", "[], limits").find("must be an object"), std::string::npos);
}

TEST(Catalog, AVolumeThatIsNotDefinedIsNamedWithTheNearest) {
  const std::string volumes = "volumes: {files: {size: 1Gi}}\ncomponents:";
  const std::string mount = "volumes: [{volume: file, path: /data}]\n    resources:";
  const std::string text = replaced(replaced(kSmallest, "components:", volumes), "resources:", mount);
  const auto definition = decodeDefinition(text, "f");
  ASSERT_FALSE(definition);
  EXPECT_EQ(definition.error().message,
            "f:19: components.api.volumes[0].volume: no volume is named \"file\", did you mean files?");
  EXPECT_TRUE(decodeDefinition(replaced(text, "volume: file,", "volume: files,"), "f"));
}

TEST(Catalog, AnAccountNeedsARoleAndItsSecretCanBeUsed) {
  const std::string account = "account: {name: a, project: p, secret: login, roles: [r]}\ncomponents:";
  const std::string use = "env:\n      - {name: PASSWORD, secret: login, key: password}";
  const std::string text = replaced(replaced(kSmallest, "components:", account), "env:", use);
  EXPECT_TRUE(decodeDefinition(text, "f"));
  const auto without = decodeDefinition(replaced(text, "roles: [r]", "roles: []"), "f");
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("account.roles: is empty"), std::string::npos) << without.error().message;
}

TEST(Catalog, AReleaseThatNamesUnknownThingsIsRefusedWithTheLine) {
  const std::filesystem::path root = testing::TempDir() + "/catalog-" + std::to_string(getpid());
  std::filesystem::create_directories(root / "charts/alpha");
  std::filesystem::create_directories(root / "upgrades/releases");
  std::ofstream(root / "charts/alpha/service.yaml") << kSmallest;
  std::ofstream(root / "upgrades/releases/r1.yaml")
      << "apiVersion: windlass.dev/release/v1\nkind: Release\nid: r1\nname: R\n"
         "images: {base: b:1}\nservices:\n  alhpa: {version: 1.0.0}\n";
  const auto catalog = readCatalog(root / "charts", root / "upgrades");
  std::filesystem::remove_all(root);
  ASSERT_FALSE(catalog);
  EXPECT_NE(catalog.error().message.find(
                "r1.yaml:7: services.alhpa: no service definition is named \"alhpa\", did you mean alpha?"),
            std::string::npos)
      << catalog.error().message;
}

TEST(Catalog, AnAccountThatNobodyMakesIsRefused) {
  const std::filesystem::path root = testing::TempDir() + "/accounts-" + std::to_string(getpid());
  std::filesystem::create_directories(root / "charts/alpha");
  std::filesystem::create_directories(root / "upgrades/releases");
  std::ofstream(root / "charts/alpha/service.yaml")
      << replaced(kSmallest, "components:", "account: {name: a, project: p, secret: s, roles: [r]}\ncomponents:");
  const auto catalog = readCatalog(root / "charts", root / "upgrades");
  std::filesystem::remove_all(root);
  ASSERT_FALSE(catalog);
  EXPECT_NE(catalog.error().message.find(":9: account: none of the services in needs makes accounts"),
            std::string::npos)
      << catalog.error().message;
}

TEST(Catalog, AMissingFolderIsAnErrorThatNamesIt) {
  const auto catalog = readCatalog("/nonexistent/charts", "/nonexistent/upgrades");
  ASSERT_FALSE(catalog);
  EXPECT_NE(catalog.error().message.find("/nonexistent/charts"), std::string::npos);
}

}  // namespace
}  // namespace windlass::ops
