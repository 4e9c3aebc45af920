#include "operator/cli/watch_command.h"

#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/meta.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::Json;
using testing::HasSubstr;
using testing::Not;

class WatchCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    Json plan = kube::newObject(kUpgradePlanKind, {"ns", "demo-plan"});
    plan["spec"] = {{"cloud", "demo"}, {"from", "1"}, {"to", "2"}};
    plan["spec"]["steps"] = Json::array({{{"id", "a/expand"}, {"phase", "Expand"}, {"seconds", 60}}});
    ASSERT_TRUE(api.create(kUpgradePlanKind, plan));
    Json run = kube::newObject(kUpgradeRunKind, {"ns", "up"});
    run["spec"] = {{"plan", "demo-plan"}};
    ASSERT_TRUE(api.create(kUpgradeRunKind, run));
    say({{"mode", "Running"}, {"steps", Json::array({{{"id", "a/expand"}, {"status", "Intended"}, {"begun", 1}}})}});
  }
  void TearDown() override {
    if (person.joinable()) person.join();
  }
  // The operator writes this status.
  void say(const Json& status) {
    Json run = api.get(kUpgradeRunKind, {"ns", "up"}).value();
    run["status"] = status;
    ASSERT_TRUE(api.update(kUpgradeRunKind, run, "status"));
  }
  WatchView view(bool live) {
    WatchView view;
    view.isLive = live;
    view.show = [this](const std::string& text) {
      const std::lock_guard lock(mutex);
      shown += text;
    };
    return view;
  }
  std::string seen() {
    const std::lock_guard lock(mutex);
    return shown;
  }
  void waitUntilShown(const std::string& text) {
    for (int i = 0; i < 3000 && seen().find(text) == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  // Does this once the text was shown.
  void when(const std::string& text, std::function<void()> action) {
    person = std::thread([this, text, action] {
      waitUntilShown(text);
      action();
    });
  }
  kube::Result<std::string> watch(bool live = false, std::chrono::seconds timeout = std::chrono::seconds(60)) {
    WatchFlags flags;
    flags.run.ns = "ns";
    flags.run.name = "up";
    flags.timeout = timeout;
    return watchRun(api, flags, view(live));
  }
  static Json done() {
    return {{"mode", "Done"},
            {"steps", Json::array({{{"id", "a/expand"}, {"status", "Done"}, {"begun", 1}, {"ended", 9}}})}};
  }

  kube::FakeApiServer api;
  std::mutex mutex;
  std::string shown;
  std::thread person;
};

TEST_F(WatchCommandTest, InALogEachChangeIsALineAndItEndsWithTheRun) {
  when("a/expand", [this] { say(done()); });
  const auto ended = watch();
  ASSERT_TRUE(ended) << ended.error().toString();
  EXPECT_EQ(*ended, "up is Done\n");
  EXPECT_THAT(seen(), testing::AllOf(HasSubstr("up: demo 1 -> 2"), HasSubstr("a/expand: Done after 8 s\n"),
                                     HasSubstr("the run is Done\n")));
}

TEST_F(WatchCommandTest, OnATerminalThePictureIsDrawnAnew) {
  when("▸ a/expand", [this] { say(done()); });
  ASSERT_TRUE(watch(true));
  EXPECT_THAT(seen(), HasSubstr("✓ Expand"));
  EXPECT_THAT(seen(), Not(HasSubstr("Done after")));
}

TEST_F(WatchCommandTest, ARunThatIsTakenBackOrStoppedIsAnErrorThatSaysWhy) {
  when("a/expand", [this] { say({{"mode", "Aborted"}, {"why", "the canary failed"}}); });
  EXPECT_THAT(watch().error().message, HasSubstr("up was taken back: the canary failed; the cloud runs 1 as before"));
  say({{"mode", "Failed"}, {"why", "exit code 3"}});
  EXPECT_THAT(watch().error().message, HasSubstr("up stopped: exit code 3"));
}

TEST_F(WatchCommandTest, ARunThatIsNotThereOrDeletedIsNamed) {
  when("a/expand", [this] { ASSERT_TRUE(api.remove(kUpgradeRunKind, {"ns", "up"})); });
  EXPECT_EQ(watch().error().toString(), "UpgradeRun ns/up was deleted");
  EXPECT_THAT(watch().error().toString(), HasSubstr("cannot read UpgradeRun ns/up"));
}

TEST_F(WatchCommandTest, AnApiServerThatIsAwayIsAskedAgainAndSaidSo) {
  when("a/expand", [this] {
    api.setFaultInjector([](const kube::FakeRequest&) -> std::optional<kube::Error> {
      return kube::Error{ErrorKind::Unavailable, "connection refused", 0, std::nullopt, nullptr};
    });
    api.closeWatches(true);
    waitUntilShown("connection refused");
    api.setFaultInjector(nullptr);
    say(done());
  });
  const auto ended = watch();
  EXPECT_TRUE(ended) << ended.error().toString();
  EXPECT_THAT(seen(), HasSubstr("the API server is asked again: "));
}

TEST_F(WatchCommandTest, WhenTheTimeIsOverTheRunGoesOn) {
  say({{"mode", "Running"}, {"waitingFor", "a Job"}});
  const auto ended = watch(false, std::chrono::seconds(1));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::Timeout);
  EXPECT_THAT(ended.error().message, HasSubstr("it goes on, and waits for a Job"));
}

}  // namespace
}  // namespace windlass::ops
