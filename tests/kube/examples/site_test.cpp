// The example of docs/kube.md does what the page says.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "kube/examples/site_controller.h"
#include "kube/examples/site_webhook.h"
#include "kube/fake/fake_api_server.h"
#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "kube/object/patch.h"

namespace windlass::example {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a test

const ObjectKey kKey{"ns", "home"};

Json site(const std::string& text) {
  Json object = newObject(Site, kKey);
  object["spec"]["text"] = text;
  return object;
}

class SiteTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "sites-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    pages = std::make_unique<PageFolder>(folder);
    ASSERT_TRUE(server->create(kinds::Namespace, newObject(kinds::Namespace, {"", "ns"})));
    ManagerOptions options;
    options.component = "test";
    options.abandon = [](const Error&) {};
    manager = std::make_unique<Manager>(server, options);
    addSiteController(*manager, *pages);
    thread = std::thread([this] { static_cast<void>(manager->run()); });
  }
  void TearDown() override {
    manager->stop();
    thread.join();
    std::filesystem::remove_all(folder);
  }
  std::string page() const {
    std::ifstream file(pages->pathOf(kKey));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  template <class Condition>
  static bool eventually(const Condition& condition) {
    for (int i = 0; i < 3000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  }
  std::shared_ptr<FakeApiServer> server = std::make_shared<FakeApiServer>();
  std::string folder;
  std::unique_ptr<PageFolder> pages;
  std::unique_ptr<Manager> manager;
  std::thread thread;
};

TEST_F(SiteTest, PublishesOwnsAndReports) {
  ASSERT_TRUE(server->create(Site, site("hello")));
  ASSERT_TRUE(eventually([&] { return isConditionTrue(server->get(Site, kKey).value_or(Json()), "Ready"); }));
  EXPECT_EQ(page(), "hello\n");
  const auto address = server->get(kinds::ConfigMap, kKey);
  ASSERT_TRUE(address);
  EXPECT_EQ(stringAt(*address, "/data/path"), pages->pathOf(kKey));
  EXPECT_EQ(controllerOf(*address)->name, "home");
  EXPECT_NE(manager->metrics().text().find("sites_published_total"), std::string::npos);
}

TEST_F(SiteTest, TheNamespacesFooterReachesEveryPageOfIt) {
  ASSERT_TRUE(server->create(Site, site("hello")));
  ASSERT_TRUE(eventually([&] { return page() == "hello\n"; }));
  ASSERT_TRUE(server->patch(kinds::Namespace, {"", "ns"}, PatchType::Merge,
                            {{"metadata", {{"annotations", {{"example.windlass.dev/footer", "goodbye"}}}}}}));
  EXPECT_TRUE(eventually([&] { return page() == "hello\ngoodbye"; }));
}

TEST_F(SiteTest, ThePageGoesBeforeTheObjectDoes) {
  ASSERT_TRUE(server->create(Site, site("hello")));
  ASSERT_TRUE(eventually([&] { return page() == "hello\n"; }));
  ASSERT_TRUE(server->remove(Site, kKey));
  EXPECT_TRUE(eventually([&] { return !server->get(Site, kKey); }));
  EXPECT_FALSE(std::filesystem::exists(pages->pathOf(kKey)));
}

TEST(SiteWebhook, RefusesAnEmptyPageAndWarnsOfShouting) {
  EXPECT_FALSE(validateSite({{"object", site("")}}).allowed);
  EXPECT_TRUE(validateSite({{"object", site("hello")}}).warnings.empty());
  EXPECT_EQ(validateSite({{"object", site("HELLO")}}).warnings.size(), 1U);
}

TEST(SiteWebhook, LabelsOnceWithWhoMadeIt) {
  const Json object = site("hello");
  const auto answer = labelSite({{"object", object}, {"userInfo", {{"username", "system:admin"}}}});
  const auto labelled = applyJsonPatch(object, answer.patch);
  ASSERT_TRUE(labelled) << labelled.error().toString();
  EXPECT_EQ(labelOf(*labelled, "example.windlass.dev/made-by"), "usystem-adminu");
  EXPECT_TRUE(labelSite({{"object", *labelled}}).patch.empty());
}

TEST(SiteWebhook, ConvertsThereAndBack) {
  Json object = site("hello");
  object["apiVersion"] = "example.windlass.dev/v1";
  const auto old = convertSite(object, "example.windlass.dev/v1beta1");
  ASSERT_TRUE(old);
  EXPECT_EQ(stringAt(*old, "/spec/content"), "hello");
  EXPECT_EQ(convertSite(*old, "example.windlass.dev/v1").value(), object);
  EXPECT_FALSE(convertSite(object, "example.windlass.dev/v7"));
}

}  // namespace
}  // namespace windlass::example
