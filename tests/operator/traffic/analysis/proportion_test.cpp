// Confidence sequences of proportions.
#include "operator/traffic/analysis/proportion.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

TEST(Proportion, NothingSeenIsNothingKnown) {
  const Bounds bounds = boundsOf({0, 0}, 0.01);
  EXPECT_EQ(bounds.low, 0);
  EXPECT_EQ(bounds.high, 1);
}

TEST(Proportion, NoneOfNHasTheClosedForm) {
  // (1 - p)^n = alpha B(1/2, n + 1/2) / B(1/2, 1/2)
  const double mixture = std::lgamma(500.5) - std::lgamma(501) - std::lgamma(0.5);
  EXPECT_NEAR(boundsOf({0, 500}, 0.01).high, 1 - std::exp((std::log(0.01) + mixture) / 500), 1e-9);
  EXPECT_EQ(boundsOf({0, 500}, 0.01).low, 0);
}

TEST(Proportion, BoundsAreSymmetric) {
  const Bounds few = boundsOf({30, 100}, 0.01), many = boundsOf({70, 100}, 0.01);
  EXPECT_NEAR(few.low, 1 - many.high, 1e-9);
  EXPECT_NEAR(few.high, 1 - many.low, 1e-9);
}

TEST(Proportion, HoldsAtAllTimesTogether) {
  constexpr double kAlpha = 0.05, kTruth = 0.1;
  std::mt19937_64 random(7);
  int missed = 0;
  for (int run = 0; run < 300; ++run) {
    Proportion seen;
    bool inside = true;
    for (int look = 0; look < 200; ++look) {
      seen.bad += static_cast<double>(std::binomial_distribution<int>(10, kTruth)(random));
      seen.all += 10;
      const Bounds bounds = boundsOf(seen, kAlpha);
      inside = inside && bounds.low <= kTruth && kTruth <= bounds.high;
    }
    missed += inside ? 0 : 1;
  }
  // Binomial(300, 0.05) exceeds 27 with probability 0.001.
  EXPECT_LE(missed, 27);
  EXPECT_GT(missed, 0) << "bounds so wide that they never fail would say nothing";
}

TEST(Proportion, DifferenceOfTheSameShrinksAroundZero) {
  const Bounds few = differenceBounds({10, 100}, {10, 100}, 0.01),
               many = differenceBounds({1000, 10000}, {1000, 10000}, 0.01);
  EXPECT_LT(many.high - many.low, (few.high - few.low) / 5);
  EXPECT_LT(many.low, 0);
  EXPECT_GT(many.high, 0);
}

}  // namespace
}  // namespace windlass::ops
