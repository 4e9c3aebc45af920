#include "kube/runtime/backoff.h"

#include <gtest/gtest.h>

namespace windlass::kube::backoff_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(Backoff, P07_DoublesFrom800MillisecondsTo30Seconds) {
  Backoff backoff;
  SteadyTime now{};
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 8; ++i) delays.push_back(backoff.next(now, 0).count());
  EXPECT_EQ(delays, (std::vector<std::int64_t>{800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}));
}

TEST(Backoff, P07_JitterAtMostDoublesTheDelay) {
  EXPECT_EQ(Backoff().next({}, 0.5), milliseconds(1200));
  EXPECT_LE(Backoff().next({}, 0.999), milliseconds(1600));
}

TEST(Backoff, P07_StartsOverAfterTwoQuietMinutes) {
  Backoff backoff;
  SteadyTime now{};
  backoff.next(now, 0);
  backoff.next(now += minutes(1), 0);
  EXPECT_EQ(backoff.next(now += minutes(2), 0), milliseconds(3200));
  EXPECT_EQ(backoff.next(now + minutes(2) + milliseconds(1), 0), milliseconds(800));
}

}  // namespace
}  // namespace windlass::kube::backoff_test
