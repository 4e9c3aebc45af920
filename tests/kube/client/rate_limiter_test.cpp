#include "kube/client/rate_limiter.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;

TEST(RateLimiter, ABurstIsFreeAndThenEachTokenCostsItsTime) {
  RateLimiter limiter(10, 3);
  const auto now = RateLimiter::Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.reserve(now).count(), 0);
  EXPECT_EQ(limiter.reserve(now), milliseconds(100));
  EXPECT_EQ(limiter.reserve(now), milliseconds(200));
  EXPECT_EQ(limiter.reserve(now + milliseconds(300)).count(), 0);
}

TEST(RateLimiter, AnIdleTimeFillsTheBucketOnlyToItsSize) {
  RateLimiter limiter(10, 2);
  const auto later = RateLimiter::Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(limiter.reserve(later).count(), 0);
  EXPECT_EQ(limiter.reserve(later).count(), 0);
  EXPECT_GT(limiter.reserve(later).count(), 0);
}

TEST(RateLimiter, ATokenCanBeGivenBack) {
  RateLimiter limiter(10, 1);
  const auto now = RateLimiter::Clock::now();
  limiter.reserve(now);
  limiter.reserve(now);
  limiter.giveBack();
  EXPECT_EQ(limiter.reserve(now), milliseconds(100));
}

TEST(RateLimiter, WithoutARateThereIsNoLimit) {
  RateLimiter limiter(0, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limiter.reserve(RateLimiter::Clock::now()).count(), 0);
}

}  // namespace
}  // namespace windlass::kube
