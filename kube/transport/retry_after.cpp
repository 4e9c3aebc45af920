#include "kube/transport/retry_after.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <curl/curl.h>

namespace windlass::kube {

std::optional<std::chrono::seconds> parseRetryAfter(std::string_view value, std::chrono::system_clock::time_point now) {
  constexpr std::int64_t kDay = 86400;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (!value.empty() && error == std::errc() && end == value.data() + value.size())
    return seconds < 0 ? std::nullopt : std::optional(std::chrono::seconds(std::min(seconds, kDay)));
  // A date has letters; curl_getdate would also take bare numbers.
  if (value.find(':') == std::string_view::npos) return std::nullopt;
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(date - std::chrono::system_clock::to_time_t(now), 0, kDay));
}

}  // namespace windlass::kube
