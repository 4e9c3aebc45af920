#include "kube/object/result.h"

namespace windlass::kube {

std::string_view toString(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:
      return "NotFound";
    case ErrorKind::AlreadyExists:
      return "AlreadyExists";
    case ErrorKind::Conflict:
      return "Conflict";
    case ErrorKind::Invalid:
      return "Invalid";
    case ErrorKind::BadRequest:
      return "BadRequest";
    case ErrorKind::Unauthorized:
      return "Unauthorized";
    case ErrorKind::Forbidden:
      return "Forbidden";
    case ErrorKind::Expired:
      return "Expired";
    case ErrorKind::TooManyRequests:
      return "TooManyRequests";
    case ErrorKind::TooLarge:
      return "TooLarge";
    case ErrorKind::Timeout:
      return "Timeout";
    case ErrorKind::Unavailable:
      return "Unavailable";
    case ErrorKind::Transport:
      return "Transport";
    case ErrorKind::Decode:
      return "Decode";
    case ErrorKind::Internal:
      return "Internal";
    case ErrorKind::Cancelled:
      return "Cancelled";
    case ErrorKind::Missing:
      return "Missing";
    case ErrorKind::Io:
      return "Io";
  }
  return "Unknown";
}

// Wrong input stays wrong. What depends on the state of the cluster (absent objects, conflicts, permissions that an
// administrator may still grant) may succeed later.
bool Error::retryable() const {
  switch (kind) {
    case ErrorKind::Invalid:
    case ErrorKind::BadRequest:
    case ErrorKind::TooLarge:
    case ErrorKind::Decode:
    case ErrorKind::Cancelled:
      return false;
    default:
      return true;
  }
}

std::string Error::toString() const {
  std::string text = message;
  for (const Error* next = cause.get(); next; next = next->cause.get()) text += ": " + next->message;
  return text;
}

tl::unexpected<Error> wrap(std::string context, Error cause) {
  Error error{cause.kind, std::move(context), cause.httpStatus, cause.retryAfter, nullptr};
  error.cause = std::make_shared<const Error>(std::move(cause));
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace windlass::kube
