#include "kube/object/conditions.h"

#include <gtest/gtest.h>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

const TimePoint kEarly = parseTime("2026-01-01T00:00:00Z");
const TimePoint kLate = parseTime("2026-01-02T00:00:00Z");

TEST(Conditions, P34_TheTransitionTimeChangesOnlyWhenTheStatusFlips) {
  Json list;
  EXPECT_TRUE(setCondition(list, {"Ready", "False", "Waiting", "for a", 1}, kEarly));
  EXPECT_TRUE(setCondition(list, {"Ready", "False", "Waiting", "for b", 2}, kLate));
  EXPECT_EQ(stringAt(list, "/0/lastTransitionTime"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(intAt(list, "/0/observedGeneration"), 2);
  EXPECT_TRUE(setCondition(list, {"Ready", "True", "Done", "", 2}, kLate));
  EXPECT_EQ(stringAt(list, "/0/lastTransitionTime"), "2026-01-02T00:00:00Z");
}

TEST(Conditions, P34_TheSameConditionAgainIsNoChange) {
  Json list;
  const Condition ready{"Ready", "True", "Done", "all good", 4};
  EXPECT_TRUE(setCondition(list, ready, kEarly));
  EXPECT_FALSE(setCondition(list, ready, kLate));
}

TEST(Conditions, OthersStayWhereTheyAre) {
  Json list;
  setCondition(list, {"A", "True", "R", "", 1}, kEarly);
  setCondition(list, {"B", "True", "R", "", 1}, kEarly);
  setCondition(list, {"A", "False", "R", "", 1}, kEarly);
  const Json object = {{"status", {{"conditions", list}}}};
  EXPECT_FALSE(isConditionTrue(object, "A"));
  EXPECT_TRUE(isConditionTrue(object, "B"));
  EXPECT_EQ(findCondition(object, "C"), nullptr);
}

TEST(Conditions, ALongMessageIsCutBetweenCharacters) {
  std::string text;
  while (text.size() < 40000) text += "\xE2\x82\xAC";
  Json list;
  setCondition(list, {"Ready", "False", "R", text, 1}, kEarly);
  const std::string cut = stringAt(list, "/0/message");
  EXPECT_LE(cut.size(), 32768U);
  EXPECT_EQ((cut.size() - 3) % 3, 0U);
  EXPECT_NO_THROW(static_cast<void>(list.dump()));
}

TEST(Time, BothFormsMakeTheRoundTrip) {
  const TimePoint time = parseTime("2026-11-24T01:02:03.000456Z");
  EXPECT_EQ(formatTime(time), "2026-11-24T01:02:03Z");
  EXPECT_EQ(formatMicroTime(time), "2026-11-24T01:02:03.000456Z");
}

TEST(Time, OffsetsAreHonoured) {
  EXPECT_EQ(formatTime(parseTime("2026-03-01T01:30:00+02:00")), "2026-02-28T23:30:00Z");
}

TEST(Time, AnythingElseIsTheEpoch) {
  for (const char* text : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00",
                           "2026-01-01T25:00:00Z", "2026-01-01T00:00:00Zx"})
    EXPECT_EQ(parseTime(text), TimePoint{}) << text;
}

TEST(Time, ADateBeyondTheClockIsItsLastSecondNotAnOverflow) {
  const TimePoint never = parseTime("9999-12-31T23:59:59Z");
  EXPECT_GT(never, parseTime("2262-01-01T00:00:00Z"));
  EXPECT_EQ(parseTime(formatTime(never)), never);
  EXPECT_EQ(formatTime(parseTime("0001-01-01T00:00:00Z")), "1677-09-21T00:12:44Z");
}

}  // namespace
}  // namespace windlass::kube
