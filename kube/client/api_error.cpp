#include "kube/client/api_error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kube/object/meta.h"
#include "kube/object/parse.h"
#include "kube/transport/retry_after.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxText = 2048;
constexpr std::int64_t kLongestWait = 86400;  // as for the header (retry_after.h)

struct ReasonKind {
  std::string_view reason;
  ErrorKind kind;
};
constexpr std::array<ReasonKind, 17> kReasons{{{"Unauthorized", ErrorKind::Unauthorized},
                                               {"Forbidden", ErrorKind::Forbidden},
                                               {"NotFound", ErrorKind::NotFound},
                                               {"AlreadyExists", ErrorKind::AlreadyExists},
                                               {"Conflict", ErrorKind::Conflict},
                                               {"Gone", ErrorKind::Expired},
                                               {"Expired", ErrorKind::Expired},
                                               {"Invalid", ErrorKind::Invalid},
                                               {"Timeout", ErrorKind::Timeout},
                                               {"ServerTimeout", ErrorKind::Timeout},
                                               {"TooManyRequests", ErrorKind::TooManyRequests},
                                               {"BadRequest", ErrorKind::BadRequest},
                                               {"MethodNotAllowed", ErrorKind::BadRequest},
                                               {"UnsupportedMediaType", ErrorKind::BadRequest},
                                               {"RequestEntityTooLarge", ErrorKind::TooLarge},
                                               {"InternalError", ErrorKind::Internal},
                                               {"ServiceUnavailable", ErrorKind::Unavailable}}};

ErrorKind kindOfCode(int code) {
  switch (code) {
    case 400:
    case 405:
    case 406:
    case 415:
      return ErrorKind::BadRequest;
    case 401:
      return ErrorKind::Unauthorized;
    case 403:
      return ErrorKind::Forbidden;
    case 404:
      return ErrorKind::NotFound;
    case 409:
      return ErrorKind::Conflict;
    case 410:
      return ErrorKind::Expired;
    case 413:
      return ErrorKind::TooLarge;
    case 422:
      return ErrorKind::Invalid;
    case 429:
      return ErrorKind::TooManyRequests;
    case 503:
      return ErrorKind::Unavailable;
    case 504:
      return ErrorKind::Timeout;
    default:
      return code >= 400 && code < 500 ? ErrorKind::BadRequest : ErrorKind::Internal;
  }
}

ErrorKind kindOfStatus(const std::string& reason, int code) {
  for (const ReasonKind& entry : kReasons)
    if (entry.reason == reason) return entry.kind;
  return kindOfCode(code);
}

bool isStatus(const Json& body) {
  return kindOf(body) == "Status" && stringAt(body, "/apiVersion") == "v1";
}

std::string quoted(const std::string& body) {
  return body.size() <= kMaxText ? body : body.substr(0, kMaxText) + " [cut]";
}

}  // namespace

Error errorFromStatus(const Json& status, int httpStatus) {
  const int code = static_cast<int>(intAt(status, "/code", httpStatus));
  Error error;
  error.kind = kindOfStatus(stringAt(status, "/reason"), code);
  error.message = quoted(stringAt(status, "/message", "the server gave no message"));
  error.httpStatus = code;
  if (const auto seconds = intAt(status, "/details/retryAfterSeconds"); seconds > 0)
    error.retryAfter = std::chrono::seconds(std::min(seconds, kLongestWait));
  return error;
}

bool isTooLargeResourceVersion(const Error& error) {
  return error.kind == ErrorKind::Timeout && error.toString().find("Too large resource version") != std::string::npos;
}

Error errorFromResponse(const std::string& what, const HttpResponse& response,
                        std::chrono::system_clock::time_point now) {
  const auto parsed = parseJson(response.body);
  Error error;
  if (parsed && isStatus(*parsed)) {
    error = errorFromStatus(*parsed, response.status);
  } else {
    error.kind = kindOfCode(response.status);
    error.message = "the server answered " + std::to_string(response.status) +
                    (response.body.empty() ? "" : ": " + quoted(response.body));
  }
  error.httpStatus = response.status;
  error.message = what + ": " + error.message;
  // The header is the server's word for this response; the body's hint is the fallback.
  if (const auto wait = parseRetryAfter(response.header("retry-after"), now)) error.retryAfter = *wait;
  return error;
}

}  // namespace windlass::kube
