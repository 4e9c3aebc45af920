// The list+watch protocol, transition by transition. Promises 1 to 11 of the runtime.
#include "kube/runtime/reflector_state.h"

#include <gtest/gtest.h>

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

TEST_F(ReflectorStateTest, P02_PagesAreReadWithoutVersionAndDeliveredTogether) {
  EXPECT_EQ(state.listRequest().limit, 500);
  EXPECT_TRUE(state.listed(page({object("a", 1)}, 100, "token")).empty());
  const ListOptions second = state.listRequest();
  EXPECT_EQ(second.continueToken, "token");
  EXPECT_EQ(second.resourceVersion, "");
  EXPECT_EQ(second.resourceVersionMatch, "");
  const auto effects = state.listed(page({object("b", 2)}, 100));
  ASSERT_TRUE(only<ReplaceAll>(effects));
  EXPECT_EQ(only<ReplaceAll>(effects)->objects.size(), 2U);
  EXPECT_EQ(state.phase(), Phase::OpenWatch);
}

TEST_F(ReflectorStateTest, P02_AnExpiredTokenFallsBackToOneFullList) {
  state.listed(page({object("a", 1)}, 100, "token"));
  state.listFailed(error(ErrorKind::Expired), now);
  EXPECT_EQ(state.phase(), Phase::List);
  EXPECT_EQ(state.listRequest().continueToken, "");
  EXPECT_EQ(state.listRequest().limit, 0);
  EXPECT_EQ(only<ReplaceAll>(state.listed(page({object("b", 2)}, 110)))->objects.size(), 1U);
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
  EXPECT_TRUE(state.received(event(WatchEventType::Added, "a", 10), now).empty());
  EXPECT_TRUE(state.received(bookmark(11), now).empty());
  EXPECT_TRUE(state.received(event(WatchEventType::Added, "b", 12), now).empty());
  const auto effects = state.received(bookmark(20, true), now);
  ASSERT_TRUE(only<ReplaceAll>(effects));
  EXPECT_EQ(only<ReplaceAll>(effects)->objects.size(), 2U);
  EXPECT_EQ(state.phase(), Phase::Watch);
  EXPECT_TRUE(only<Upsert>(state.received(event(WatchEventType::Modified, "a", 21), now)));
  state.closed(now + seconds(5));
  EXPECT_FALSE(state.watchRequest().sendInitialEvents);
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
