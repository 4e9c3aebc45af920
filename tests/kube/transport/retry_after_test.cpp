#include "kube/transport/retry_after.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

using std::chrono::seconds;
const auto kNow = std::chrono::system_clock::from_time_t(1793491200);  // Sun, 01 Nov 2026 00:00:00 GMT

TEST(RetryAfter, P25_SecondsAreTaken) {
  EXPECT_EQ(parseRetryAfter("0", kNow), seconds(0));
  EXPECT_EQ(parseRetryAfter("1", kNow), seconds(1));
  EXPECT_EQ(parseRetryAfter("3600", kNow), seconds(3600));
  EXPECT_EQ(parseRetryAfter("99999999", kNow), seconds(86400));
}

TEST(RetryAfter, DatesAreTaken) {
  EXPECT_EQ(parseRetryAfter("Sun, 01 Nov 2026 00:00:30 GMT", kNow), seconds(30));
  EXPECT_EQ(parseRetryAfter("Sun, 01 Nov 2020 00:00:30 GMT", kNow), seconds(0));
  // The two obsolete forms of RFC 9110, 5.6.7.
  EXPECT_EQ(parseRetryAfter("Sunday, 01-Nov-26 00:00:30 GMT", kNow), seconds(30));
  EXPECT_EQ(parseRetryAfter("Sun Nov  1 00:00:30 2026", kNow), seconds(30));
}

TEST(RetryAfter, P25_GarbageIsNothing) {
  for (const char* text : {"", "soon", "-1", "1.5", "1 s", "99999999999999999999", "12:", "Sun, 01 Nov 2026",
                           "Sun, 01 Foo 2026 00:00:30 GMT"})
    EXPECT_FALSE(parseRetryAfter(text, kNow).has_value()) << text;
}

}  // namespace
}  // namespace windlass::kube
