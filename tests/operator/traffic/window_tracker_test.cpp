// Windows from counters: several gateways, restarts, answers that are missing.
#include "operator/traffic/window_tracker.h"

#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

GatewaySample sample(std::uint64_t stable, std::uint64_t canary, const std::string& process = "1@1",
                     double uptime = 1000) {
  GatewaySample out{process, uptime, {}};
  ApiCounters& counters = out.apis["api"];
  counters.stable.requests = stable;
  counters.canary.requests = canary;
  counters.canary.errors = canary / 10;
  counters.stableAvailable = true;
  counters.canaryAvailable = canary > 0;
  return out;
}

TEST(WindowTracker, TheFirstLookOnlySetsTheMark) {
  WindowTracker tracker({"api"});
  EXPECT_EQ(tracker.advance({{"a", sample(100, 10)}}, 5).stable.counts.requests, 0U);
  const Window window = tracker.advance({{"a", sample(150, 30)}}, 5);
  EXPECT_EQ(window.stable.counts.requests, 50U);
  EXPECT_EQ(window.canary.counts.requests, 20U);
  EXPECT_EQ(window.canary.counts.errors, 2U);
  EXPECT_EQ(window.seconds, 5);
}

TEST(WindowTracker, GatewaysAreSummed) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 0)}, {"b", sample(1000, 0)}}, 5);
  const Window window = tracker.advance({{"a", sample(110, 0)}, {"b", sample(1020, 5)}}, 5);
  EXPECT_EQ(window.stable.counts.requests, 30U);
  EXPECT_EQ(window.canary.counts.requests, 5U);
  EXPECT_TRUE(window.canary.health.available) << "one gateway that reaches it is enough";
}

TEST(WindowTracker, ARestartedProcessCountsFromZero) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 0)}}, 5);
  // It has already served more than before: only its identity tells.
  EXPECT_EQ(tracker.advance({{"a", sample(120, 0, "2@9")}}, 5).stable.counts.requests, 120U);
}

TEST(WindowTracker, ClearedCountersCountFromZero) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 0)}}, 5);
  EXPECT_EQ(tracker.advance({{"a", sample(7, 0)}}, 5).stable.counts.requests, 7U);
}

TEST(WindowTracker, APodThatIsSeenLateHasOnlyAPast) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 0)}}, 5);
  EXPECT_EQ(tracker.advance({{"a", sample(100, 0)}, {"b", sample(500, 0)}}, 5).stable.counts.requests, 0U);
  EXPECT_EQ(tracker.advance({{"b", sample(501, 0)}, {"c", sample(40, 0, "3@9", 2)}}, 5).stable.counts.requests, 41U)
      << "c started since the last look: all of it is new";
}

TEST(WindowTracker, WhatAMissingAnswerHidComesWithTheNext) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 0)}}, 5);
  EXPECT_EQ(tracker.advance({}, 5).stable.counts.requests, 0U);
  EXPECT_FALSE(tracker.advance({}, 5).stable.health.available);
  EXPECT_EQ(tracker.advance({{"a", sample(130, 0)}}, 5).stable.counts.requests, 30U);
}

TEST(WindowTracker, ErrorsThatFallAndRiseAreCountedOnce) {
  WindowTracker tracker({"api"});
  GatewaySample one = sample(100, 100);
  tracker.advance({{"a", one}}, 5);
  one.apis["api"].canary.errors -= 3;
  EXPECT_EQ(tracker.advance({{"a", one}}, 5).canary.counts.errors, 0U);
  one.apis["api"].canary.errors += 4;
  EXPECT_EQ(tracker.advance({{"a", one}}, 5).canary.counts.errors, 1U);
}

TEST(WindowTracker, WhatIsKeptGoesOnWhereItWas) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 10)}}, 5);
  auto kept = WindowTracker::from(kube::Json::parse(tracker.toJson().dump()), {"api"});
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->toJson(), tracker.toJson());
  const Window window = kept->advance({{"a", sample(150, 30)}}, 5);
  EXPECT_EQ(window.stable.counts.requests, 50U);
  EXPECT_EQ(window.canary.counts.requests, 20U);
}

TEST(WindowTracker, WhatItDidNotWriteIsRefused) {
  for (const char* text : {"null", "{}", R"({"first":true})", R"({"first":false,"marks":{"a":{}}})",
                           R"({"first":false,"marks":{"a":{"process":"1","stable":[1],"canary":[1]}}})"})
    EXPECT_FALSE(WindowTracker::from(kube::Json::parse(text), {"api"})) << text;
}

TEST(WindowTracker, PodsThatAreGoneAreForgotten) {
  WindowTracker tracker({"api"});
  tracker.advance({{"a", sample(100, 10)}, {"b", sample(100, 10)}}, 5);
  tracker.keepOnly({"b"});
  EXPECT_EQ(tracker.toJson()["marks"].size(), 1U);
}

TEST(WindowTracker, TheApisOfOneComponentAreCountedTogether) {
  WindowTracker tracker({"api", "other", "absent"});
  GatewaySample both = sample(100, 10);
  both.apis["other"] = both.apis["api"];
  tracker.advance({{"a", both}}, 5);
  both.apis["api"].canary.requests += 3;
  both.apis["other"].canary.requests += 4;
  both.apis["other"].canaryAvailable = false;
  const Window window = tracker.advance({{"a", both}}, 5);
  EXPECT_EQ(window.canary.counts.requests, 7U);
  EXPECT_FALSE(window.canary.health.available) << "a part of it does not answer";
}

}  // namespace
}  // namespace windlass::ops
