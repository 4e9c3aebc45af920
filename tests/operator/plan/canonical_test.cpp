// Bytes, hashes, differences and pictures of plans.
#include "operator/plan/canonical.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "operator/plan/difference.h"
#include "operator/plan/show.h"
#include "plan_fixture.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::ops::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A golden file a hop, as a person reads it. WINDLASS_UPDATE_GOLDENS=1 writes them anew; review the difference.
TEST(Golden, EveryLegalHopIsPlannedAsReviewed) {
  for (const auto& [from, to] : legalHops()) {
    const fs::path path = fs::path(sourcePath("tests/operator/plan/goldens")) / (from + "-" + to + ".txt");
    const std::string text = showTree(planned(from, to));
    if (std::getenv("WINDLASS_UPDATE_GOLDENS") != nullptr) std::ofstream(path) << text;
    std::ifstream stream(path);
    std::ostringstream golden;
    golden << stream.rdbuf();
    EXPECT_EQ(text, golden.str()) << path << ": WINDLASS_UPDATE_GOLDENS=1 writes it anew";
  }
}

TEST(Canonical, TheSameInputGivesTheSameBytesAndHash) {
  const UpgradePlan first = planned("2025.1", "2026.1");
  const UpgradePlan second = planned("2025.1", "2026.1");
  EXPECT_EQ(specOf(first).dump(), specOf(second).dump());
  EXPECT_THAT(hashOf(first), testing::MatchesRegex("sha256:[0-9a-f]{64}"));
}

TEST(Canonical, APlanSurvivesTheWayThroughJson) {
  for (const auto& [from, to] : legalHops()) {
    const UpgradePlan plan = planned(from, to);
    const auto back = planFromJson(specOf(plan));
    ASSERT_TRUE(back) << back.error().toString();
    EXPECT_EQ(specOf(*back), specOf(plan));
    EXPECT_EQ(back->pointOfNoReturn, plan.pointOfNoReturn);
  }
}

TEST(Canonical, AChangedPlanIsNotAccepted) {
  kube::Json spec = specOf(planned("2025.1", "2025.2"));
  spec["steps"][3]["summary"] = "something else";
  const auto back = planFromJson(spec);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr("was changed after it was made"));
}

TEST(Canonical, AnUnknownFieldIsNotAccepted) {
  kube::Json spec = specOf(planned("2025.1", "2025.2"));
  spec["steps"][0]["comand"] = kube::Json::array();
  const auto back = planFromJson(spec);
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, HasSubstr("spec.steps[0].comand: is not a known field, did you mean command?"));
}

TEST(Canonical, TheDigestOfACloudIgnoresItsReleaseOnly) {
  const kube::Json spec = {{"release", "2025.1"}, {"services", {{"keystone", {{"replicas", 2}}}}}};
  kube::Json other = spec;
  other["release"] = "2025.2";
  EXPECT_EQ(specDigest(spec), specDigest(other));
  other["services"]["keystone"]["replicas"] = 3;
  EXPECT_NE(specDigest(spec), specDigest(other));
}

TEST(Difference, OfAPlanWithItselfIsEmpty) {
  EXPECT_TRUE(difference(planned("2025.1", "2025.2"), planned("2025.1", "2025.2")).lines.empty());
}

TEST(Difference, NamesStepsThatCameWentAndChanged) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  const auto before = plan(realCatalog(), cloud, {.from = "", .to = "2025.2"}, hosts(20));
  cloud.spec.services.erase("horizon");
  cloud.spec.services["keystone"].replicas = 5;
  const auto after = plan(realCatalog(), cloud, {.from = "", .to = "2025.2"}, hosts(20));
  ASSERT_TRUE(before && after);
  const std::vector<std::string> lines = difference(*before, *after).lines;
  EXPECT_THAT(lines, testing::Contains(HasSubstr("- horizon/roll/web: ")));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("~ keystone/roll/api: with: ")));
  EXPECT_THAT(difference(*after, *before).lines, testing::Contains(HasSubstr("+ horizon/roll/web: ")));
}

TEST(Show, TheTableMarksThePointOfNoReturnOnceBeforeItsStep) {
  const UpgradePlan plan = planned("2025.2", "2026.1");
  const std::string text = showTable(plan);
  const std::size_t mark = text.find("point of no return");
  ASSERT_NE(mark, std::string::npos);
  EXPECT_EQ(text.find("point of no return", mark + 1), std::string::npos);
  EXPECT_LT(mark, text.find("neutron/schema/expand"));
  EXPECT_GT(mark, text.find("neutron/backup"));
}

TEST(Show, ThePictureIsADocumentWithABoxAStepAndNothingFromOutside) {
  const UpgradePlan plan = planned("2025.2", "2026.1");
  const std::string text = showSvg(plan);
  std::size_t boxes = 0;
  for (std::size_t found = text.find("<title>"); found != std::string::npos; found = text.find("<title>", found + 1))
    ++boxes;
  EXPECT_EQ(boxes, plan.steps.size());
  EXPECT_EQ(text.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0), 0U);
  for (const char* forbidden : {"<script", "href", "url("})
    EXPECT_EQ(text.find(forbidden), std::string::npos) << forbidden;
}

TEST(Show, DurationsAreReadable) {
  EXPECT_EQ(duration(45), "45 s");
  EXPECT_EQ(duration(600), "10 min");
  EXPECT_EQ(duration(12000), "3 h 20 min");
}

}  // namespace
}  // namespace windlass::ops::test
