// Plans that change settings and leave the release.
#include "operator/plan/settings_plan.h"

#include <gmock/gmock.h>

#include "operator/plan/canonical.h"
#include "operator/plan/cloud_plan.h"
#include "operator/plan/show.h"
#include "plan_fixture.h"

namespace windlass::ops::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

SettingsChange changeOf(std::vector<std::string> components) {
  return {"demo-settings-1",
          "demo-settings-2",
          3,
          {"services.nova.config.DEFAULT.debug: false -> true"},
          std::move(components)};
}

UpgradePlan settingsPlan(std::vector<std::string> components) {
  auto made = planSettings(realCatalog(), wholeCloud("2025.1"), {}, changeOf(std::move(components)), hosts(3));
  EXPECT_TRUE(made) << made.error().toString();
  return made.value_or(UpgradePlan{});
}

std::vector<std::string> idsOf(const UpgradePlan& plan) {
  std::vector<std::string> ids;
  for (const Step& step : plan.steps) ids.push_back(step.id);
  return ids;
}

TEST(SettingsPlan, HasStepsForWhatDiffersAndForNothingElse) {
  const UpgradePlan plan = settingsPlan({"nova/api", "nova/scheduler"});
  EXPECT_THAT(idsOf(plan),
              ElementsAre("cloud/gate/database-quorum", "cloud/gate/messaging-quorum", "cloud/gate/room-for-surge",
                          "nova/roll/scheduler", "nova/canary/api/header", "nova/canary/api/one", "nova/canary/api/ten",
                          "nova/canary/api/half", "nova/roll/api", "cloud/soak"));
  EXPECT_THAT(plan.services, ElementsAre("nova"));
  EXPECT_EQ(plan.route, "settings");
  EXPECT_EQ(plan.from, plan.to);
}

TEST(SettingsPlan, CanBeTakenBackUpToItsEnd) {
  const UpgradePlan plan = settingsPlan({"nova/api", "nova/compute", "keystone/api"});
  EXPECT_EQ(plan.pointOfNoReturn, plan.steps.size());
  for (const Step& step : plan.steps) {
    EXPECT_TRUE(step.undo == Undo::Nothing || step.undo == Undo::Reverse) << step.id;
    EXPECT_THAT(step.command, IsEmpty()) << step.id;
  }
}

TEST(SettingsPlan, AgentsFollowInRings) {
  EXPECT_THAT(idsOf(settingsPlan({"nova/compute"})), testing::Contains("nova/ring/compute/first"));
}

TEST(SettingsPlan, ServicesFollowEachOtherAsInAHop) {
  EXPECT_THAT(settingsPlan({"nova/api", "keystone/api"}).services, ElementsAre("keystone", "nova"));
}

TEST(SettingsPlan, NamesTheImageOfTheSpec) {
  OpenStackCloud cloud = wholeCloud("2025.1");
  cloud.spec.services["keystone"].image = "example.org/mine:1";
  const auto made = planSettings(realCatalog(), cloud, {}, changeOf({"keystone/api"}), {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->steps[at(*made, "keystone/roll/api")].image, "example.org/mine:1");
}

TEST(SettingsPlan, OfAComponentWithoutASequenceIsRefusedWithTheWayOut) {
  const auto made = planSettings(realCatalog(), wholeCloud("2025.1"), {}, changeOf({"nova/nonsense"}), {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, AllOf(HasSubstr("nova/nonsense"), HasSubstr("spec.changes to Direct")));
}

TEST(SettingsPlan, SurvivesTheWayThroughJsonAndIsAnotherOneTheNextTime) {
  const UpgradePlan plan = settingsPlan({"nova/api"});
  const auto back = planFromJson(specOf(plan));
  ASSERT_TRUE(back) << back.error().toString();
  EXPECT_EQ(specOf(*back), specOf(plan));
  UpgradePlan later = plan;
  later.settingsRevision += 2;
  EXPECT_NE(hashOf(later), hashOf(plan));
  EXPECT_THAT(objectOf(plan).at("metadata").at("name").get<std::string>(), HasSubstr("-2025.1-settings-"));
}

TEST(SettingsPlan, IsShownWithWhatChanges) {
  const UpgradePlan plan = settingsPlan({"nova/api"});
  for (const std::string& text : {showTable(plan), showTree(plan)})
    EXPECT_THAT(text, AllOf(HasSubstr("changes: services.nova.config.DEFAULT.debug: false -> true"),
                            HasSubstr("settings: demo-settings-1 -> demo-settings-2")));
  EXPECT_THAT(showSvg(plan), AllOf(HasSubstr("2025.1, new settings"), HasSubstr("debug: false -&gt; true"),
                                   Not(HasSubstr("point of no return"))));
}

TEST(SettingsPlan, ACloudThatRunsItsReleaseAndSettingsHasNoPlan) {
  const kube::Json object = {{"spec", {{"release", "2025.1"}}}, {"status", {{"release", "2025.1"}}}};
  const auto made = planOf(realCatalog(), object, wholeCloud("2025.1"), "r", {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("nothing to plan"));
}

TEST(SettingsPlan, AHopTakesTheNewSettingsWithIt) {
  const kube::Json object = {{"spec", {{"release", "2025.2"}}}, {"status", {{"release", "2025.1"}}}};
  const auto made = planOf(realCatalog(), object, wholeCloud("2025.2"), "r", changeOf({}));
  ASSERT_TRUE(made) << made.error().toString();
  EXPECT_EQ(made->route, "consecutive");
  EXPECT_EQ(made->settingsTo, "demo-settings-2");
  const auto without = planOf(realCatalog(), object, wholeCloud("2025.2"), "r", {});
  ASSERT_TRUE(without);
  EXPECT_FALSE(specOf(*without).contains("settingsRevision"));
  EXPECT_EQ(without->steps.size(), made->steps.size());
}

TEST(SettingsPlan, AComponentWithThirdSettingsIsRefusedWithTheWayOut) {
  const kube::Json object = {
      {"spec", {{"release", "2025.1"}}},
      {"status", {{"release", "2025.1"}, {"components", {{"nova/api", "2025.1@demo-settings-9"}}}}}};
  const auto made = planOf(realCatalog(), object, wholeCloud("2025.1"), "r", changeOf({"nova/api"}));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("nova/api runs the settings of ControllerRevision demo-settings-9"));
}

}  // namespace
}  // namespace windlass::ops::test
