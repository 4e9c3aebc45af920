// The list+watch protocol, transition by transition. Promises 1 to 11 of the runtime.
#include "kube/runtime/reflector_state.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "kube/object/meta.h"

namespace windlass::kube::reflector_state_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Phase = ReflectorState::Phase;

Json object(const std::string& name, int version) {
  return Json{{"metadata", {{"name", name}, {"namespace", "ns"}, {"resourceVersion", std::to_string(version)}}}};
}
WatchEvent event(WatchEventType type, const std::string& name, int version) {
  return {type, object(name, version)};
}
WatchEvent bookmark(int version, bool end = false) {
  WatchEvent made{WatchEventType::Bookmark, Json{{"metadata", {{"resourceVersion", std::to_string(version)}}}}};
  if (end) made.object["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  return made;
}
WatchEvent statusEvent(int code, const std::string& reason) {
  return {WatchEventType::Error, Json{{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", "m"}}};
}
Error error(ErrorKind kind, const std::string& message = "e") {
  return {kind, message, 0, std::nullopt, nullptr};
}

// The names an effect of staging carries.
std::vector<std::string> staged(const ReflectorEffects& effects) {
  std::vector<std::string> names;
  for (const ReflectorEffect& effect : effects)
    if (const auto* page = std::get_if<Stage>(&effect))
      for (const Json& each : page->objects) names.push_back(nameOf(each));
  return names;
}
bool replaces(const ReflectorEffects& effects) {
  return !effects.empty() && std::holds_alternative<ReplaceAll>(effects.back());
}
using Names = std::vector<std::string>;

template <class Effect>
const Effect* only(const ReflectorEffects& effects) {
  return effects.size() == 1 ? std::get_if<Effect>(&effects.front()) : nullptr;
}

class ReflectorStateTest : public testing::Test {
 protected:
  explicit ReflectorStateTest(ReflectorOptions options = {}) : state(std::move(options), [] { return 0.0; }) {}
  ListPage page(std::vector<Json> items, int version, std::string next = "") {
    return {std::move(items), std::to_string(version), std::move(next)};
  }
  // A machine that has listed at 100 and watches.
  void watch() {
    state.listed(page({object("a", 90)}, 100));
    state.watchRequest();
    state.watchOpened(now);
    now += seconds(5);
  }
  SteadyTime now = SteadyTime{} + std::chrono::hours(1);
  ReflectorState state;
};

TEST_F(ReflectorStateTest, P01_TheFirstListIsAtZeroAndRelistsAreAtTheLastVersion) {
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().resourceVersion, "0");
  watch();
  state.received(event(WatchEventType::Modified, "a", 120), now);
  state.received(statusEvent(410, "Expired"), now);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().resourceVersion, "120");
}

TEST_F(ReflectorStateTest, P01_AnUnusableVersionMakesTheNextListTheNewestAtOnce) {
  for (const Error& refused :
       {error(ErrorKind::Expired), error(ErrorKind::Timeout, "Too large resource version: 9, current: 1")}) {
    ReflectorState machine({}, [] { return 0.0; });
    machine.listFailed(refused, now);
    EXPECT_EQ(machine.phase(), Phase::List);
    EXPECT_EQ(machine.listRequest().resourceVersion, "");
    machine.listFailed(refused, now);  // and never in a tight loop
    EXPECT_EQ(machine.phase(), Phase::BackOff);
  }
}

TEST_F(ReflectorStateTest, P02_PagesAreReadWithoutVersionAndReplaceTheStoreTogether) {
  EXPECT_EQ(state.listRequest().limit, 500);
  const auto first = state.listed(page({object("a", 1)}, 100, "token"));
  ASSERT_TRUE(only<Stage>(first));
  EXPECT_TRUE(only<Stage>(first)->first);
  const ListOptions second = state.listRequest();
  EXPECT_EQ(second.continueToken, "token");
  EXPECT_EQ(second.resourceVersion, "");
  EXPECT_EQ(second.resourceVersionMatch, "");
  const auto effects = state.listed(page({object("b", 2)}, 100));
  EXPECT_EQ(staged(effects), Names{"b"});
  EXPECT_FALSE(std::get<Stage>(effects.front()).first);
  EXPECT_TRUE(replaces(effects));
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
}

TEST_F(ReflectorStateTest, P02_ItemsMayComeBeforeTheirPage) {
  const auto first = state.listedOne(object("a", 1));
  ASSERT_TRUE(only<Stage>(first));
  EXPECT_TRUE(only<Stage>(first)->first);
  EXPECT_FALSE(only<Stage>(state.listedOne(object("b", 2)))->first);
  EXPECT_TRUE(replaces(state.listed(page({}, 100))));
  state.listedOne(object("c", 3));
  state.listFailed(error(ErrorKind::Transport), now);
  EXPECT_TRUE(only<Stage>(state.listedOne(object("a", 1)))->first);  // what came before the failure is forgotten
}

TEST_F(ReflectorStateTest, P02_AnExpiredTokenFallsBackToOneFullList) {
  state.listed(page({object("a", 1)}, 100, "token"));
  state.listFailed(error(ErrorKind::Expired), now);
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().continueToken, "");
  EXPECT_EQ(state.listRequest().limit, 0);
  const auto effects = state.listed(page({object("b", 2)}, 110));
  EXPECT_TRUE(std::get<Stage>(effects.front()).first);  // what was read before is forgotten
  EXPECT_EQ(staged(effects), Names{"b"});
  EXPECT_TRUE(replaces(effects));
}

TEST_F(ReflectorStateTest, P02_NoLimitAboveVersionZero) {
  watch();
  state.received(statusEvent(410, "Gone"), now);
  state.waited();
  EXPECT_EQ(state.listRequest().limit, 0);
}

TEST_F(ReflectorStateTest, P04_WatchesLastFiveToTenMinutesWithBookmarks) {
  EXPECT_EQ(state.watchRequest().timeout, seconds(300));
  ReflectorState longest({}, [] { return 0.999; });
  EXPECT_GT(longest.watchRequest().timeout, seconds(590));
  EXPECT_LT(longest.watchRequest().timeout, seconds(600));
  EXPECT_TRUE(state.watchRequest().allowBookmarks);
}

TEST_F(ReflectorStateTest, P04_ANormalCloseResumesAtTheLastVersionWithoutAList) {
  watch();
  state.received(bookmark(150), now);
  EXPECT_TRUE(state.closed(now).empty());
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
  EXPECT_EQ(state.watchRequest().resourceVersion, "150");
}

TEST_F(ReflectorStateTest, P05_TooManyRequestsInTheStreamBacksOffAndKeepsTheVersion) {
  watch();
  state.received(statusEvent(429, "TooManyRequests"), now);
  EXPECT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
  EXPECT_EQ(state.watchRequest().resourceVersion, "100");
}

TEST_F(ReflectorStateTest, P05_ExpiredInTheStreamListsAgain) {
  for (const char* reason : {"Expired", "Gone"}) {
    ReflectorState machine({}, [] { return 0.0; });
    machine.listed(page({}, 100));
    machine.watchOpened(now);
    machine.received(statusEvent(410, reason), now);
    EXPECT_EQ(machine.phase(), Phase::BackOff);
    machine.waited();
    EXPECT_EQ(machine.phase(), Phase::List);
  }
}

TEST_F(ReflectorStateTest, P05_InternalErrorsResumeUntilTheirDeadlineThenRelist) {
  watch();
  state.received(statusEvent(500, "InternalError"), now);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
  state.watchOpened(now);
  state.received(statusEvent(500, "InternalError"), now + seconds(31));
  state.waited();
  EXPECT_EQ(state.phase(), Phase::List);
}

TEST_F(ReflectorStateTest, P06_RefusedOrBusyOnOpenBacksOffAndResumes) {
  for (const ErrorKind kind : {ErrorKind::Unavailable, ErrorKind::TooManyRequests, ErrorKind::Transport}) {
    ReflectorState machine({}, [] { return 0.0; });
    machine.listed(page({}, 100));
    machine.watchOpenFailed(error(kind), now);
    EXPECT_EQ(machine.phase(), Phase::BackOff);
    EXPECT_EQ(machine.delay(), milliseconds(800));
    machine.waited();
    EXPECT_EQ(machine.phase(), Phase::OpenWatch);
    EXPECT_EQ(machine.watchRequest().resourceVersion, "100");
  }
}

TEST_F(ReflectorStateTest, P06_RetryAfterLengthensTheDelayWithinABound) {
  state.listed(page({}, 100));
  Error busy = error(ErrorKind::TooManyRequests);
  busy.retryAfter = seconds(3);
  state.watchOpenFailed(busy, now);
  EXPECT_EQ(state.delay(), seconds(3));
  busy.retryAfter = seconds(3600);
  state.watchOpenFailed(busy, now);
  EXPECT_EQ(state.delay(), seconds(60));
}

TEST_F(ReflectorStateTest, ForbiddenBacksOffAndListsAgain) {
  state.listFailed(error(ErrorKind::Forbidden), now);
  EXPECT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().resourceVersion, "0");
}

TEST_F(ReflectorStateTest, P07_AVeryShortWatchWithoutEventsIsAnError) {
  watch();
  state.closed(now);
  state.watchOpened(now);
  const auto effects = state.closed(now + milliseconds(999));
  EXPECT_TRUE(only<Report>(effects));
  EXPECT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
}

TEST_F(ReflectorStateTest, P08_SyntheticAddsDoNotAdvanceTheVersion) {
  state.listed(ListPage{{}, "0", ""});
  state.watchOpened(now);
  state.received(event(WatchEventType::Added, "b", 50), now);
  state.received(event(WatchEventType::Added, "a", 40), now);
  EXPECT_EQ(state.lastResourceVersion(), "0");
  state.received(event(WatchEventType::Modified, "a", 60), now);
  EXPECT_EQ(state.lastResourceVersion(), "60");
  state.received(event(WatchEventType::Added, "c", 61), now);
  EXPECT_EQ(state.lastResourceVersion(), "61");
}

class StreamedListTest : public ReflectorStateTest {
 protected:
  static ReflectorOptions options() {
    ReflectorOptions made;
    made.useWatchList = true;
    return made;
  }
  StreamedListTest() : ReflectorStateTest(options()) {}
};

TEST_F(StreamedListTest, P09_FillsUntilTheEndBookmarkAndKeepsTheStream) {
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
  EXPECT_TRUE(state.watchRequest().sendInitialEvents);
  state.watchOpened(now);
  const auto first = state.received(event(WatchEventType::Added, "a", 10), now);
  ASSERT_TRUE(only<Stage>(first));
  EXPECT_TRUE(only<Stage>(first)->first);
  EXPECT_TRUE(state.received(bookmark(11), now).empty());
  const auto second = state.received(event(WatchEventType::Added, "b", 12), now);
  ASSERT_TRUE(only<Stage>(second));
  EXPECT_FALSE(only<Stage>(second)->first);
  EXPECT_TRUE(only<ReplaceAll>(state.received(bookmark(20, true), now)));
  EXPECT_EQ(state.phase(), Phase::Watch);
  EXPECT_TRUE(only<Upsert>(state.received(event(WatchEventType::Modified, "a", 21), now)));
  state.closed(now + seconds(5));
  EXPECT_FALSE(state.watchRequest().sendInitialEvents);
}

TEST_F(StreamedListTest, P09_NewsBetweenTheInitialEventsAreOfTheListToo) {
  state.watchRequest();
  state.watchOpened(now);
  state.received(event(WatchEventType::Added, "a", 10), now);
  EXPECT_EQ(staged(state.received(event(WatchEventType::Modified, "a", 13), now)), Names{"a"});
  EXPECT_TRUE(only<Unstage>(state.received(event(WatchEventType::Deleted, "a", 14), now)));
  EXPECT_EQ(state.lastResourceVersion(), "");  // only the end bookmark says where the stream is
  state.received(bookmark(20, true), now);
  EXPECT_EQ(state.lastResourceVersion(), "20");
}

TEST_F(StreamedListTest, P09_AnEmptyListReplacesWhatWasThere) {
  state.watchOpened(now);
  const auto effects = state.received(bookmark(20, true), now);
  EXPECT_TRUE(std::get<Stage>(effects.front()).first);
  EXPECT_TRUE(replaces(effects));
}

TEST_F(StreamedListTest, P09_ARelistIsStreamedAgainUntilTheServerRefusesStreams) {
  state.watchOpened(now);
  state.received(bookmark(20, true), now);
  state.streamFailed(error(ErrorKind::Expired), now);
  ASSERT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
  EXPECT_TRUE(state.watchRequest().sendInitialEvents);
  state.watchOpenFailed(error(ErrorKind::Invalid), now);
  EXPECT_EQ(state.phase(), Phase::List);
  state.listed(ListPage{{}, "30", ""});
  state.watchOpened(now);
  state.streamFailed(error(ErrorKind::Expired), now);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::List);
}

TEST_F(StreamedListTest, P09_FallsBackToAListWhenRefusedOrNeverFinished) {
  state.watchOpenFailed(error(ErrorKind::Invalid), now);
  EXPECT_EQ(state.phase(), Phase::List);
  ReflectorState machine(options(), [] { return 0.0; });
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_EQ(machine.phase(), Phase::OpenWatch);
    machine.watchOpened(now);
    machine.received(event(WatchEventType::Added, "a", 10), now);
    machine.closed(now + seconds(5));
    if (machine.phase() == Phase::BackOff) machine.waited();
  }
  EXPECT_EQ(machine.phase(), Phase::List);
}

TEST_F(StreamedListTest, F05_AStreamedListWithoutEndIsListedInstead) {
  state.watchRequest();
  state.watchOpened(now);
  state.received(event(WatchEventType::Added, "a", 10), now + seconds(10));
  EXPECT_TRUE(state.streamFailed(error(ErrorKind::Timeout), now + seconds(39)).empty());
  EXPECT_TRUE(only<Report>(state.streamFailed(error(ErrorKind::Timeout), now + seconds(40))));
  EXPECT_EQ(state.phase(), Phase::List);
  state.listed(page({object("a", 10)}, 20));
  EXPECT_FALSE(state.watchRequest().sendInitialEvents);  // never asked for again
}

TEST_F(ReflectorStateTest, P10_ASilentWatchOlderThanItsTimeoutIsBroken) {
  watch();
  EXPECT_TRUE(state.streamFailed(error(ErrorKind::Timeout), now).empty());
  EXPECT_EQ(state.phase(), Phase::Watch);
  state.streamFailed(error(ErrorKind::Timeout), now + seconds(311));
  EXPECT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
}

TEST_F(ReflectorStateTest, P11_WhatDoesNotDecodeIsReportedAndSkipped) {
  watch();
  EXPECT_TRUE(only<Report>(state.streamFailed(error(ErrorKind::Decode), now)));
  EXPECT_TRUE(only<Report>(state.received({WatchEventType::Modified, Json{{"x", 1}}}, now)));
  EXPECT_TRUE(only<Report>(state.received({WatchEventType::Bookmark, Json::object()}, now)));
  EXPECT_EQ(state.phase(), Phase::Watch);
  EXPECT_TRUE(only<Upsert>(state.received(event(WatchEventType::Modified, "a", 101), now)));
}

TEST_F(ReflectorStateTest, P11_TheVersionIsOpaque) {
  state.listed(ListPage{{}, "abc-7", ""});
  EXPECT_EQ(state.watchRequest().resourceVersion, "abc-7");
}

TEST_F(ReflectorStateTest, F03_ManyWatchersThatBreakTogetherComeBackApartAndWithoutAList) {
  std::mt19937_64 engine(7);
  std::set<milliseconds> delays;
  for (int i = 0; i < 50; ++i) {
    ReflectorState machine({}, [&engine] { return std::uniform_real_distribution<double>(0, 1)(engine); });
    machine.listed(page({}, 100));
    machine.watchRequest();
    machine.watchOpened(now);
    machine.streamFailed(error(ErrorKind::Transport), now + seconds(30));
    EXPECT_GE(machine.delay(), milliseconds(800));
    EXPECT_LT(machine.delay(), milliseconds(1600));
    delays.insert(machine.delay());
    machine.waited();
    EXPECT_EQ(machine.phase(), Phase::OpenWatch);
  }
  EXPECT_GT(delays.size(), 40U);
}

TEST_F(ReflectorStateTest, F04_AVersionThatTheServerNeverReachesIsGivenUp) {
  watch();
  state.received(statusEvent(410, "Expired"), now);
  state.waited();
  EXPECT_EQ(state.listRequest().resourceVersion, "100");
  const Error tooLarge = error(ErrorKind::Timeout, "Too large resource version: 100, current: 7");
  state.listFailed(tooLarge, now);
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().resourceVersion, "");
  state.listed(page({object("a", 3)}, 7));
  EXPECT_EQ(state.watchRequest().resourceVersion, "7");
}

TEST_F(ReflectorStateTest, ABrokenWatchResumesAfterABackoff) {
  watch();
  state.received(event(WatchEventType::Modified, "a", 130), now);
  state.streamFailed(error(ErrorKind::Transport), now);
  EXPECT_EQ(state.phase(), Phase::BackOff);
  state.waited();
  EXPECT_EQ(state.watchRequest().resourceVersion, "130");
}

}  // namespace
}  // namespace windlass::kube::reflector_state_test
