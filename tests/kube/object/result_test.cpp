#include "kube/object/result.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

Status failsInside() {
  WINDLASS_TRY(Status(fail(ErrorKind::Conflict, "inner")));
  return {};
}

Result<int> doubled(Result<int> input) {
  WINDLASS_TRY_ASSIGN(const int value, std::move(input));
  return value * 2;
}

TEST(Result, TryReturnsTheErrorOfTheInnerCall) {
  const Status status = failsInside();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::Conflict);
}

TEST(Result, TryAssignBindsTheValue) {
  EXPECT_EQ(doubled(21).value(), 42);
  EXPECT_FALSE(doubled(fail(ErrorKind::Io, "x")).has_value());
}

TEST(Result, WrapKeepsKindAndRetryAfterAndNamesTheChain) {
  Error inner{ErrorKind::TooManyRequests, "slow down", 429, std::chrono::seconds(3), nullptr};
  const Error outer = wrap("list pods", wrap("page 2", inner).value()).value();
  EXPECT_EQ(outer.kind, ErrorKind::TooManyRequests);
  EXPECT_EQ(outer.httpStatus, 429);
  EXPECT_EQ(outer.retryAfter, std::chrono::seconds(3));
  EXPECT_EQ(outer.toString(), "list pods: page 2: slow down");
}

TEST(Result, WrongInputIsNotRetryableAndTheStateOfTheClusterIs) {
  EXPECT_FALSE((Error{ErrorKind::Invalid, "", 422, std::nullopt, nullptr}.retryable()));
  EXPECT_FALSE((Error{ErrorKind::Decode, "", 0, std::nullopt, nullptr}.retryable()));
  EXPECT_TRUE((Error{ErrorKind::Conflict, "", 409, std::nullopt, nullptr}.retryable()));
  EXPECT_TRUE((Error{ErrorKind::Forbidden, "", 403, std::nullopt, nullptr}.retryable()));
}

}  // namespace
}  // namespace windlass::kube
