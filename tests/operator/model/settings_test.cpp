// Settings of services: what they are, how they are named, compared, kept.
#include "operator/model/settings.h"

#include <gmock/gmock.h>

#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Json specOf(const Json& service) {
  return {{"release", "2025.1"}, {"services", {{"a", service}}}};
}

Json cloudOf(const Json& spec) {
  return {{"metadata", {{"name", "demo"}, {"namespace", "n"}, {"uid", "u"}}}, {"spec", spec}};
}

TEST(Settings, AreWhatMakesRevisionsAndNothingElse) {
  const Json spec = specOf({{"replicas", 3},
                            {"volumes", {{"data", {{"size", "1Gi"}}}}},
                            {"image", "x:1"},
                            {"config", {{"DEFAULT", {{"debug", true}}}}},
                            {"placement", nullptr}});
  EXPECT_EQ(settingsOf(spec), Json({{"a", {{"image", "x:1"}, {"config", {{"DEFAULT", {{"debug", true}}}}}}}}));
}

TEST(Settings, AreNamedByTheirContent) {
  const Json one = settingsOf(specOf({{"image", "x:1"}, {"replicas", 1}}));
  EXPECT_THAT(settingsName("demo", one), testing::MatchesRegex("demo-settings-[0-9a-f]{10}"));
  EXPECT_EQ(settingsName("demo", one), settingsName("demo", settingsOf(specOf({{"image", "x:1"}, {"replicas", 2}}))));
  EXPECT_NE(settingsName("demo", one), settingsName("demo", settingsOf(specOf({{"image", "x:2"}}))));
}

TEST(Settings, TakeThePlaceOfThoseOfTheSpecButNotOfReplicasAndVolumes) {
  OpenStackCloudSpec spec;
  spec.services["a"].replicas = 3;
  spec.services["a"].image = "new";
  spec.services["a"].volumes["data"].size = "2Gi";
  spec.services["b"].image = "b";
  const auto old = decodeSettings({{"a", {{"image", "old"}}}, {"gone", Json::object()}});
  ASSERT_TRUE(old) << old.error().toString();
  const OpenStackCloudSpec present = withSettings(spec, *old);
  EXPECT_EQ(present.services.at("a").image, "old");
  EXPECT_EQ(present.services.at("a").replicas, 3);
  EXPECT_EQ(present.services.at("a").volumes.at("data").size, "2Gi");
  EXPECT_EQ(present.services.at("b").image, "b") << "it has none in use";
  EXPECT_THAT(present.services, SizeIs(2));
}

TEST(Settings, WhatIsNoSettingIsRefusedWithItsPath) {
  const auto decoded = decodeSettings({{"a", {{"replicas", 1}}}});
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message, HasSubstr("settings.services.a.replicas"));
}

TEST(SettingsDifference, NamesEachFieldWithBothValues) {
  const Json before = {{"a", {{"config", {{"DEFAULT", {{"debug", false}, {"x", "1"}}}}}}}, {"gone", {{"image", "x"}}}};
  const Json after = {{"a", {{"config", {{"DEFAULT", {{"debug", true}, {"x", 1}}}}}, {"image", "i"}}}};
  EXPECT_THAT(settingsDifference(before, after),
              ElementsAre("services.a.config.DEFAULT.debug: false -> true", "services.a.config.DEFAULT.x: \"1\" -> 1",
                          "services.a.image: nothing -> \"i\""));
  EXPECT_THAT(settingsDifference(before, before), IsEmpty());
}

TEST(SettingsDifference, LongValuesAreCutBetweenCharactersAndStillDiffer) {
  const std::string same(119, 'x');
  const auto lines = settingsDifference({{"a", {{"image", same + "ü1"}}}}, {{"a", {{"image", same + "ü2"}}}});
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_NO_THROW(static_cast<void>(Json(lines).dump()));
  EXPECT_THAT(lines[0], HasSubstr("..."));
}

TEST(SettingsDifference, IsOfALengthThatAPlanCanHold) {
  Json before = {{"a", {{"config", Json::object()}}}}, after = before;
  for (int i = 0; i < 500; ++i) after["a"]["config"]["DEFAULT"]["o" + std::to_string(i)] = i;
  const auto lines = settingsDifference(before, after);
  EXPECT_THAT(lines, SizeIs(200));
  EXPECT_EQ(lines.back(), "and 301 more");
}

TEST(AdoptedSettings, AreThoseOfTheSpecUnlessSomethingWaits) {
  const Json inUse = {{"a", {{"image", "old"}}}, {"gone", Json::object()}};
  const Json ofSpec = {{"a", {{"image", "new"}}}, {"b", {{"image", "b"}}}};
  EXPECT_EQ(adoptedSettings(inUse, ofSpec, false), ofSpec);
  EXPECT_EQ(adoptedSettings(inUse, ofSpec, true), Json({{"a", {{"image", "old"}}}, {"b", {{"image", "b"}}}}));
}

TEST(SettingsBook, HasWhatTheCloudKeepsAndWhatItsSpecSays) {
  const Json cloud = cloudOf(specOf({{"image", "now"}}));
  const Json old = settingsOf(specOf({{"image", "old"}}));
  const Json kept = settingsRevision(cloud, old, 4);
  EXPECT_EQ(kept["revision"], 4);
  const SettingsBook book = settingsBook({kept}, cloud);
  EXPECT_EQ(*settingsNamed(book, kube::nameOf(kept)), old);
  EXPECT_EQ(*settingsNamed(book, settingsName("demo", settingsOf(cloud["spec"]))), settingsOf(cloud["spec"]));
}

TEST(SettingsBook, DoesNotTrustWhatIsNotOursOrWasChanged) {
  const Json cloud = cloudOf(specOf({{"image", "now"}}));
  const Json kept = settingsRevision(cloud, settingsOf(specOf({{"image", "old"}})), 1);
  Json changed = kept, foreign = kept;
  changed["data"]["services"]["a"]["image"] = "evil";
  foreign["metadata"]["ownerReferences"][0]["uid"] = "another";
  for (const Json& one : {changed, foreign}) {
    const auto found = settingsNamed(settingsBook({one}, cloud), kube::nameOf(kept));
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().message, HasSubstr("set spec.changes to Direct"));
  }
}

TEST(SettingsStatus, AComponentSaysItsSettingsBehindItsRelease) {
  OpenStackCloudStatus status;
  status.settings = "demo-settings-1";
  status.settingsRevision = 7;
  status.components = {{"a/api", {"2025.1", false, "demo-settings-2"}}, {"a/worker", {"2025.2"}}};
  const Json encoded = encodeStatus(status);
  EXPECT_EQ(encoded["components"], Json({{"a/api", "2025.1@demo-settings-2"}, {"a/worker", "2025.2"}}));
  const OpenStackCloudStatus back = decodeStatus({{"status", encoded}});
  EXPECT_EQ(back.components, status.components);
  EXPECT_EQ(back.settings, "demo-settings-1");
  EXPECT_EQ(back.settingsRevision, 7);
}

}  // namespace
}  // namespace windlass::ops
