#include "kube/client/connect.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

using std::chrono::seconds;

TEST(Connect, P23_TheLeaseIsRenewedWithoutALimiterAndGivesUpAfterHalfTheDeadline) {
  ConnectOptions options;
  options.userAgent = "windlass-operator";
  const ConnectOptions lease = forLease(options, seconds(10));
  EXPECT_LE(lease.qps, 0);
  EXPECT_EQ(lease.requestTimeout, seconds(5));
  EXPECT_EQ(lease.userAgent, "windlass-operator");
  EXPECT_EQ(forLease(options, seconds(1)).requestTimeout, seconds(1));
}

}  // namespace
}  // namespace windlass::kube
