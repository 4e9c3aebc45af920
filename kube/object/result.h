#pragma once
// Result<T>: a value or an Error. No exception crosses a room's boundary; third-party exceptions are caught where they
// arise and become an Error.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace windlass::kube {

// What went wrong, as the caller has to act on it. The names of the API ones follow metav1.StatusReason
// (k8s.io/apimachinery/pkg/apis/meta/v1/types.go).
enum class ErrorKind {
  NotFound,
  AlreadyExists,
  Conflict,         // 409: resourceVersion or SSA field-manager conflict
  Invalid,          // 422 or our own validation: the input is wrong, repeating it does not help
  BadRequest,       // 400
  Unauthorized,     // 401
  Forbidden,        // 403
  Expired,          // 410 Gone / Expired: the resourceVersion or continue token is too old
  TooManyRequests,  // 429
  TooLarge,         // 413, or a bound of ours was exceeded
  Timeout,          // deadline exceeded, here or at the server
  Unavailable,      // 503, connection refused
  Transport,        // reset, TLS, DNS: the connection failed
  Decode,           // bytes that are not what they should be
  Internal,         // 500
  Cancelled,        // we are stopping
  Missing,          // something outside the API is absent: a file, a binary, a device
  Io,               // a system call failed
};

std::string_view toString(ErrorKind kind);

// An error with its chain of causes. Copyable and cheap to move; immutable once built.
struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string message;                                  // one sentence: what, where, why, what to do
  int httpStatus = 0;                                   // 0 when no HTTP response was involved
  std::optional<std::chrono::milliseconds> retryAfter;  // from a Retry-After header or Status.details
  std::shared_ptr<const Error> cause;

  // True when the same call may succeed later without anyone changing the input.
  bool retryable() const;
  // "message: cause: cause of the cause".
  std::string toString() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), 0, std::nullopt, nullptr});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
// Adds the caller's context in front: `return wrap("cannot read chart x", result.error());`. Keeps kind and retryAfter.
tl::unexpected<Error> wrap(std::string context, Error cause);

}  // namespace windlass::kube

// Returns the error of a Result-valued expression from the enclosing function, wrapped in nothing.
#define WINDLASS_TRY(expr)                                               \
  do {                                                                   \
    if (auto windlass_status = (expr); !windlass_status)                 \
      return ::windlass::kube::fail(std::move(windlass_status).error()); \
  } while (false)
// WINDLASS_TRY_ASSIGN(auto x, f()): binds the value or returns the error.
#define WINDLASS_CONCAT_(a, b) a##b
#define WINDLASS_CONCAT(a, b) WINDLASS_CONCAT_(a, b)
#define WINDLASS_TRY_ASSIGN_(tmp, decl, expr)                      \
  auto tmp = (expr);                                               \
  if (!tmp) return ::windlass::kube::fail(std::move(tmp).error()); \
  decl = std::move(tmp).value()
#define WINDLASS_TRY_ASSIGN(decl, expr) WINDLASS_TRY_ASSIGN_(WINDLASS_CONCAT(windlass_result_, __LINE__), decl, expr)
