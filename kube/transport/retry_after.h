#pragma once
// The Retry-After header: seconds or an HTTP date. Pure. Source: RFC 9110 section 10.2.3.
#include <chrono>
#include <optional>
#include <string_view>

namespace windlass::kube {

// nullopt for anything else; a date in the past is 0; at most one day.
std::optional<std::chrono::seconds> parseRetryAfter(std::string_view value, std::chrono::system_clock::time_point now);

}  // namespace windlass::kube
