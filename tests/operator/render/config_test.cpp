#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

constexpr const char* kDefinition = R"(apiVersion: windlass.dev/definition/v1
kind: Service
name: alpha
title: Alpha
image: base
user: {uid: 1000, gid: 1000}
files:
  a.conf:
    path: /etc/a.conf
    format: ini
    sections:
      - name: DEFAULT
        entries: {one: definition, two: definition, three: definition, host: "${region}", literal: "$${region}"}
    knownSections: [extra]
  b.props:
    path: /etc/b.props
    format: properties
    sections:
      - {name: "", entries: [{z: 1}, {a: 2}]}
components:
  worker:
    kind: worker
    workload: Deployment
    revisions: true
    env: [{name: TOKEN, value: x, option: extra/token}]
    resources: {requests: {cpu: 1m}, limits: {cpu: 1m}}
)";
constexpr const char* kRelease = R"(apiVersion: windlass.dev/release/v1
kind: Release
id: r1
name: R
images: {base: base:1}
services:
  alpha: {version: 1.0.0, config: {a.conf/DEFAULT: {two: release, three: release}}}
)";

Result<RenderedCloud> renderWith(const Json& config, const std::string& definition = kDefinition) {
  Catalog catalog;
  auto alpha = decodeDefinition(definition, "alpha");
  if (!alpha) return kube::fail(alpha.error());
  catalog.definitions.emplace("alpha", *alpha);
  catalog.releases.emplace("r1", *decodeRelease(kRelease, "r1"));
  const Json object = {
      {"metadata", {{"name", "c"}, {"namespace", "n"}}},
      {"spec", {{"release", "r1"}, {"region", "here"}, {"services", {{"alpha", {{"config", config}}}}}}}};
  const auto cloud = decodeOpenStackCloud(object);
  if (!cloud) return kube::fail(cloud.error());
  return render(catalog, *cloud, {});
}

std::string textOf(const Json& config, const std::string& file) {
  const auto cloud = renderWith(config);
  return cloud ? configOf(*cloud, "worker", file) : cloud.error().message;
}

TEST(Config, TheCloudWinsOverTheReleaseAndTheReleaseOverTheDefinition) {
  EXPECT_EQ(textOf({{"a.conf/DEFAULT", {{"three", "cloud"}}}}, "a.conf"),
            "# Written by Windlass. Change it with spec.*.config of the OpenStackCloud.\n"
            "\n[DEFAULT]\nhost = here\nliteral = ${region}\none = definition\nthree = cloud\ntwo = release\n");
}

TEST(Config, OrderIsKeptWhereItIsGivenAsAList) {
  EXPECT_NE(textOf(Json::object(), "b.props").find("\nz = 1\na = 2\n"), std::string::npos);
}

TEST(Config, AListWritesTheKeySeveralTimes) {
  EXPECT_NE(textOf({{"a.conf/extra", {{"k", {"x", "y"}}}}}, "a.conf").find("[extra]\nk = x\nk = y\n"),
            std::string::npos);
}

TEST(Config, ReferencesInACloudsOwnValuesStayText) {
  EXPECT_NE(textOf({{"a.conf/extra", {{"k", "${region} $x"}}}}, "a.conf").find("k = ${region} $x\n"),
            std::string::npos);
}

TEST(Config, AnUnknownSectionIsRefusedWithTheRightName) {
  EXPECT_EQ(
      textOf({{"a.conf/exrta", {{"k", "v"}}}}, "a.conf"),
      "spec.services.alpha.config.a.conf/exrta: alpha has no config section \"exrta\" in a.conf, did you mean extra?");
}

TEST(Config, WithSeveralFilesTheFileMustBeNamed) {
  EXPECT_EQ(textOf({{"DEFAULT", {{"k", "v"}}}}, "a.conf"),
            "spec.services.alpha.config.DEFAULT: name the config file first, known are a.conf/..., b.props/...");
}

TEST(Config, AnOptionThatComesFromASecretCannotBeSet) {
  EXPECT_EQ(textOf({{"a.conf/extra", {{"token", "v"}}}}, "a.conf"),
            "spec.services.alpha.config.a.conf/extra.token: is set by Windlass from a Secret, remove it here");
}

TEST(Config, AnUnknownReferenceInTheDataIsAnError) {
  std::string definition = kDefinition;
  definition.replace(definition.find("${region}"), 9, "${regoin}");
  const auto cloud = renderWith(Json::object(), definition);
  ASSERT_FALSE(cloud);
  EXPECT_NE(
      cloud.error().message.find("${...} refers to \"regoin\", which this cloud does not have, did you mean region?"),
      std::string::npos)
      << cloud.error().message;
}

}  // namespace
}  // namespace windlass::ops::test
