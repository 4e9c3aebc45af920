#include "kube/client/api_error.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

const std::chrono::system_clock::time_point kNow{};

HttpResponse response(int status, const std::string& body, Headers headers = {}) {
  return {status, std::move(headers), body};
}

std::string statusBody(const std::string& reason, int code, const std::string& more = "") {
  return R"({"kind": "Status", "apiVersion": "v1", "message": "because", "reason": ")" + reason + R"(", "code": )" +
         std::to_string(code) + more + "}";
}

TEST(ApiError, TheReasonDecidesBeforeTheCode) {
  const auto kindOf = [](const std::string& reason, int code) {
    return errorFromResponse("get", response(code, statusBody(reason, code)), kNow).kind;
  };
  EXPECT_EQ(kindOf("AlreadyExists", 409), ErrorKind::AlreadyExists);
  EXPECT_EQ(kindOf("Conflict", 409), ErrorKind::Conflict);
  EXPECT_EQ(kindOf("Expired", 410), ErrorKind::Expired);
  EXPECT_EQ(kindOf("ServerTimeout", 500), ErrorKind::Timeout);
  EXPECT_EQ(kindOf("SomethingNew", 422), ErrorKind::Invalid);
  EXPECT_EQ(kindOf("", 503), ErrorKind::Unavailable);
}

TEST(ApiError, TheMessageSaysWhatWasDone) {
  const Error error = errorFromResponse("get Pod a/b", response(404, statusBody("NotFound", 404)), kNow);
  EXPECT_EQ(error.message, "get Pod a/b: because");
  EXPECT_EQ(error.httpStatus, 404);
}

TEST(ApiError, P26_AForeignBodyIsQuotedUpToTwoKibibytes) {
  const Error error = errorFromResponse("get", response(502, std::string(100000, 'x')), kNow);
  EXPECT_EQ(error.kind, ErrorKind::Internal);
  EXPECT_LT(error.message.size(), 2200U);
}

TEST(ApiError, P25_TheHeaderSaysWhenToComeBackAndTheBodyIsTheFallback) {
  const std::string body = statusBody("TooManyRequests", 429, R"(, "details": {"retryAfterSeconds": 9})");
  EXPECT_EQ(errorFromResponse("x", response(429, body), kNow).retryAfter, std::chrono::seconds(9));
  EXPECT_EQ(errorFromResponse("x", response(429, body, {{"retry-after", "2"}}), kNow).retryAfter,
            std::chrono::seconds(2));
}

TEST(ApiError, AWaitOfAgesIsOneOfADay) {
  const std::string body =
      statusBody("TooManyRequests", 429, R"(, "details": {"retryAfterSeconds": 9223372036854775807})");
  EXPECT_EQ(errorFromResponse("x", response(429, body), kNow).retryAfter, std::chrono::hours(24));
}

TEST(ApiError, AStatusOfAWatchHasItsOwnCode) {
  const Json status = Json::parse(statusBody("", 410));
  EXPECT_EQ(errorFromStatus(status, 0).kind, ErrorKind::Expired);
}

TEST(ApiError, F04_AVersionThatTheServerHasNotSeenIsRecognised) {
  const std::string body = R"({"kind": "Status", "apiVersion": "v1", "reason": "Timeout", "code": 504,
                               "message": "Too large resource version: 9, current: 1"})";
  EXPECT_TRUE(isTooLargeResourceVersion(errorFromResponse("list pods", response(504, body), kNow)));
  EXPECT_FALSE(isTooLargeResourceVersion(errorFromResponse("list pods", response(504, "slow"), kNow)));
}

}  // namespace
}  // namespace windlass::kube
