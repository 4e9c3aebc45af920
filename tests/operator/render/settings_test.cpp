// Components with other settings than those of the cloud, and what a change of settings comes to.
#include <gmock/gmock.h>

#include "kube/object/meta.h"
#include "operator/render/settings_change.h"
#include "render_fixture.h"

namespace windlass::ops::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Json withDebug(bool on) {
  Json object = threeServicesObject();
  object["spec"]["changes"] = "Planned";
  for (auto& [name, service] : object["spec"]["services"].items()) service["config"]["DEFAULT"]["debug"] = on;
  return object;
}

// The settings of the other object, under the name "other".
RenderContext knowing(const Json& other) {
  RenderContext context;
  context.settingsInUse = "present";
  context.settings["other"] = *decodeSettings(settingsOf(other.at("spec")));
  return context;
}

std::vector<Json> deploymentsOf(const RenderedCloud& cloud, const std::string& service) {
  std::vector<Json> out;
  for (Json& one : objectsOf(cloud, "Deployment")) {
    if (kube::labelOf(one, "windlass.dev/service") == service) out.push_back(std::move(one));
  }
  return out;
}

TEST(RenderSettings, AComponentWithOthersHasTheRevisionOfACloudWithThem) {
  const Json off = withDebug(false), on = withDebug(true);
  RenderContext context = knowing(on);
  context.components["glance/api"] = {"2025.1", false, "other"};
  const RenderedCloud mixed = rendered(off, context);
  EXPECT_EQ(mixed.revisions.at("glance/api"), rendered(on).revisions.at("glance/api"));
  EXPECT_EQ(mixed.revisions.at("placement/api"), rendered(off).revisions.at("placement/api"));
  EXPECT_EQ(kube::labelOf(deploymentsOf(mixed, "glance").front(), "windlass.dev/settings"), "other");
  EXPECT_EQ(kube::labelOf(deploymentsOf(mixed, "placement").front(), "windlass.dev/settings"), "present");
}

TEST(RenderSettings, ReplicasAreAlwaysThoseOfTheCloud) {
  const Json off = withDebug(false);
  Json on = withDebug(true);
  on["spec"]["services"]["glance"]["replicas"] = 7;
  RenderContext context = knowing(on);
  context.components["glance/api"] = {"2025.1", false, "other"};
  EXPECT_NE(deploymentsOf(rendered(off, context), "glance").front()["spec"]["replicas"], 7);
}

TEST(RenderSettings, ACanaryOfOthersStandsBesideTheOneInUse) {
  RenderContext context = knowing(withDebug(true));
  context.canaries["glance/api"] = {"2025.1", false, "other"};
  const auto both = deploymentsOf(rendered(withDebug(false), context), "glance");
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(kube::labelOf(both[1], "windlass.dev/settings"), "other");
}

TEST(RenderSettings, OnesThatNobodyReadAreAnError) {
  RenderContext context;
  context.components["glance/api"] = {"2025.1", false, "other"};
  const auto cloud = render(realCatalog(), decoded(withDebug(false)), context);
  ASSERT_FALSE(cloud);
  EXPECT_THAT(cloud.error().message, HasSubstr("settings other were not read"));
}

TEST(RenderSettings, TheLabelIsNoPartOfAnyPod) {
  RenderContext context;
  context.settingsInUse = "present";
  const RenderedCloud cloud = rendered(withDebug(true), context);
  EXPECT_EQ(cloud.revisions, rendered(withDebug(true)).revisions);
  for (const NamedPod& one : podsOf(cloud)) EXPECT_THAT(one.pod.dump(), Not(HasSubstr("windlass.dev/settings")));
}

// A cloud that runs `inUse` and asks for `wanted`.
SettingsChange changeBetween(const Json& inUse, Json wanted) {
  const std::string name = settingsName("demo", settingsOf(inUse.at("spec")));
  wanted["metadata"]["name"] = "demo";
  wanted["status"] = {{"release", "2025.1"}, {"settings", name}, {"settingsRevision", 2}};
  const SettingsBook book = {{name, settingsOf(inUse.at("spec"))}};
  const auto change = settingsChangeOf(realCatalog(), wanted, decoded(wanted), book, "r");
  EXPECT_TRUE(change) << change.error().toString();
  return change.value_or(SettingsChange{});
}

TEST(SettingsChange, NamesTheComponentsWhoseRevisionIsAnother) {
  Json wanted = withDebug(false);
  wanted["spec"]["services"]["glance"]["config"]["DEFAULT"]["debug"] = true;
  const SettingsChange change = changeBetween(withDebug(false), wanted);
  EXPECT_THAT(change.components, ElementsAre("glance/api"));
  EXPECT_THAT(change.lines, ElementsAre("services.glance.config.DEFAULT.debug: false -> true"));
  EXPECT_EQ(change.revision, 2);
}

TEST(SettingsChange, IsEmptyWhenNothingThatRunsWouldDiffer) {
  Json wanted = withDebug(false);
  wanted["spec"]["services"]["glance"]["placement"] = Json::object();
  wanted["spec"]["services"]["glance"]["replicas"] = 4;
  EXPECT_EQ(changeBetween(withDebug(false), wanted).to, "");
  EXPECT_EQ(changeBetween(withDebug(false), withDebug(false)).to, "");
}

TEST(SettingsChange, IsEmptyForServicesThatComeOrGo) {
  Json fewer = withDebug(false);
  fewer["spec"]["services"].erase("placement");
  EXPECT_EQ(changeBetween(withDebug(false), fewer).to, "");
  EXPECT_EQ(changeBetween(fewer, withDebug(false)).to, "");
}

TEST(SettingsChange, OfAHopComparesNothing) {
  Json wanted = withDebug(true);
  wanted["spec"]["release"] = "2025.2";
  const SettingsChange change = changeBetween(withDebug(false), wanted);
  EXPECT_NE(change.to, "");
  EXPECT_THAT(change.components, IsEmpty());
}

TEST(SettingsChange, IsEmptyWhileChangesAreDirect) {
  Json wanted = withDebug(true);
  wanted["spec"]["changes"] = "Direct";
  EXPECT_EQ(changeBetween(withDebug(false), wanted).to, "");
}

}  // namespace
}  // namespace windlass::ops::test
