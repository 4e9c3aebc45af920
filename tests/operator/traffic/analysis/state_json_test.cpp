// A killed process goes on where it was.
#include "operator/traffic/analysis/state_json.h"

#include <gtest/gtest.h>

#include "simulation.h"

namespace windlass::ops {
namespace {

CanaryState someState() {
  CanaryProgress progress;
  for (int i = 0; i < 30; ++i) {
    Window window;
    window.seconds = 10;
    window.canary.counts = {.requests = 40, .errors = 1, .timed = 40, .slower = {40, 20, 1}, .logged = 2};
    window.stable.counts = {.requests = 400, .errors = 3, .timed = 400, .slower = {400, 180, 7}, .logged = 9};
    window.canary.health.syntheticRuns = window.stable.health.syntheticRuns = 1;
    progress = observe({}, progress.state, window);
  }
  return progress.state;
}

TEST(CanaryState, SurvivesItsJson) {
  const CanaryState state = someState();
  ASSERT_EQ(state.phase, CanaryPhase::Step);
  const auto again = canaryStateFrom(kube::Json::parse(toJson(state).dump()), 3);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(toJson(*again).dump(), toJson(state).dump());
}

TEST(CanaryState, FitsIntoAStatus) {
  EXPECT_LT(toJson(someState()).dump().size(), 8000U);
}

TEST(CanaryState, AnythingElseIsRefused) {
  const kube::Json good = toJson(someState());
  EXPECT_FALSE(canaryStateFrom(nullptr, 3));
  EXPECT_FALSE(canaryStateFrom(good, 0));
  for (const auto& [field, value] : good.items()) {
    for (const kube::Json& wrong : {kube::Json(-1), kube::Json("x"), kube::Json::array({1}), kube::Json::object()}) {
      kube::Json changed = good;
      changed[field] = wrong;
      EXPECT_FALSE(canaryStateFrom(changed, 3)) << field << " = " << wrong;
    }
    kube::Json without = good;
    without.erase(field);
    EXPECT_FALSE(canaryStateFrom(without, 3)) << field;
  }
}

}  // namespace
}  // namespace windlass::ops
