// `windlass plan` and `windlass simulate` from files.
#include "operator/cli/plan_command.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "operator/cli/simulate_command.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops {
namespace {

using testing::AllOf;
using testing::HasSubstr;

PlanFlags flagsTo(const std::string& to) {
  PlanFlags flags;
  flags.catalog = sourcePath();
  flags.to = to;
  return flags;
}

PlanFlags demoTo(const std::string& to) {
  PlanFlags flags = flagsTo(to);
  flags.cloudFile = sourcePath("docs/examples/openstackcloud.yaml");
  return flags;
}

std::string file(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "plan_command_" + name;
  std::ofstream(path) << text;
  return path;
}

std::string complaint(const PlanFlags& flags) {
  const auto text = planCommand(flags);
  return text ? "accepted" : text.error().toString();
}

TEST(PlanCommand, PlansACloudFromItsFileInEveryFormat) {
  const std::pair<const char*, const char*> formats[] = {{"table", "PHASE"},
                                                         {"tree", "├─"},
                                                         {"json", "\"hash\": \"sha256:"},
                                                         {"object", "\"kind\": \"UpgradePlan\""},
                                                         {"svg", "<svg "}};
  for (const auto& [format, mark] : formats) {
    PlanFlags flags = demoTo("2025.2");
    flags.output = format;
    const auto text = planCommand(flags);
    ASSERT_TRUE(text) << text.error().toString();
    EXPECT_THAT(*text, HasSubstr(mark));
  }
}

TEST(PlanCommand, WithoutAFileItPlansEveryServiceAndNeedsTheRelease) {
  EXPECT_THAT(complaint(flagsTo("2025.2")), HasSubstr("--from: is missing"));
  PlanFlags flags = flagsTo("2025.2");
  flags.from = "2025.1";
  EXPECT_EQ(complaint(flags), "accepted");
}

TEST(PlanCommand, AFileThatIsNotThereIsNamed) {
  PlanFlags flags = flagsTo("2025.2");
  flags.cloudFile = "/nowhere/cloud.yaml";
  EXPECT_THAT(complaint(flags), HasSubstr("/nowhere/cloud.yaml: cannot be read: No such file"));
}

TEST(PlanCommand, AMissingCatalogSaysWhichFolderToName) {
  PlanFlags flags = flagsTo("2025.2");
  flags.from = "2025.1";
  flags.catalog = "/no/such/folder";
  EXPECT_THAT(complaint(flags), AllOf(HasSubstr("/no/such/folder/charts/openstack"), HasSubstr("--catalog")));
}

TEST(PlanCommand, AFolderIsNoFile) {
  PlanFlags flags = flagsTo("2025.2");
  flags.cloudFile = testing::TempDir();
  EXPECT_THAT(complaint(flags), HasSubstr("cannot be read"));
}

TEST(PlanCommand, AnotherKindIsRefusedWithItsLine) {
  PlanFlags flags = flagsTo("2025.2");
  flags.cloudFile = file("pod.yaml", "kind: Pod\n");
  EXPECT_THAT(complaint(flags), HasSubstr("plan_command_pod.yaml:1: kind: must be OpenStackCloud"));
}

TEST(PlanCommand, ABrokenFileSaysWhere) {
  PlanFlags flags = flagsTo("2025.2");
  flags.cloudFile = file("broken.yaml", "kind: OpenStackCloud\nspec: [\n");
  EXPECT_THAT(complaint(flags), HasSubstr("plan_command_broken.yaml:"));
}

TEST(PlanCommand, FromMustAgreeWithTheFile) {
  PlanFlags flags = demoTo("2026.2");
  flags.from = "2026.1";
  EXPECT_THAT(complaint(flags), AllOf(HasSubstr("--from: is 2026.1"), HasSubstr("is 2025.1")));
}

TEST(PlanCommand, WhatWasObservedIsReadStrictly) {
  PlanFlags flags = demoTo("2025.2");
  flags.observedFile = file("observed.yaml", "hosst: [a]\n");
  EXPECT_THAT(complaint(flags),
              HasSubstr("plan_command_observed.yaml:1: hosst: is not a known field, did you mean hosts?"));
}

TEST(PlanCommand, AnEarlierPlanIsComparedWithTheCloudOfNow) {
  PlanFlags flags = demoTo("2025.2");
  flags.output = "object";
  const auto plan = planCommand(flags);
  ASSERT_TRUE(plan);
  flags.compareWith = file("plan.json", *plan);
  EXPECT_THAT(planCommand(flags).value_or(""), HasSubstr("the plan is the same: sha256:"));
  flags.imageRegistry = "registry.example.org/mirror";
  EXPECT_THAT(
      planCommand(flags).value_or(""),
      HasSubstr(
          "keystone/roll/api: image: windlass.dev/openstack:2025.2 -> registry.example.org/mirror/openstack:2025.2"));
}

TEST(PlanCommand, AnEarlierPlanThatWasEditedIsNotComparedWith) {
  PlanFlags flags = demoTo("2025.2");
  flags.output = "json";
  std::string plan = planCommand(flags).value_or("");
  const std::size_t at = plan.find("db_sync");
  ASSERT_NE(at, std::string::npos);
  flags.compareWith = file("edited.json", plan.replace(at, 7, "db_sink"));
  EXPECT_THAT(complaint(flags), HasSubstr("it was changed after it was made"));
}

TEST(SimulateCommand, TellsTheRateOfEachHop) {
  SimulateFlags flags;
  flags.catalog = sourcePath();
  flags.runs = 20;
  const auto text = simulateCommand(flags);
  ASSERT_TRUE(text) << text.error().toString();
  EXPECT_THAT(*text, AllOf(HasSubstr("2025.1 -> 2026.1: "), HasSubstr("20 runs, every law held")));
  EXPECT_THAT(*text, AllOf(HasSubstr("2025.1 settings: "), HasSubstr("2026.2 settings: ")));
}

TEST(SimulateCommand, AForbiddenHopIsRefused) {
  SimulateFlags flags;
  flags.catalog = sourcePath();
  flags.from = "2025.1";
  flags.to = "2026.2";
  const auto text = simulateCommand(flags);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr("is not a legal hop"));
}

}  // namespace
}  // namespace windlass::ops
