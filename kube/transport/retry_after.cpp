#include "kube/transport/retry_after.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace windlass::kube {
namespace {

constexpr char kEnd = '\x1f';

// RFC 9110, 5.6.7: the date of today, and the two of before that are still to be understood.
std::optional<std::time_t> parseHttpDate(const std::string& text) {
  for (const char* format : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::istringstream stream(text + kEnd);  // get_time is content with the beginning of a date
    stream.imbue(std::locale::classic());
    std::tm date{};
    if (stream >> std::get_time(&date, format) && stream.get() == kEnd) return ::timegm(&date);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::seconds> parseRetryAfter(std::string_view value, std::chrono::system_clock::time_point now) {
  constexpr std::int64_t kDay = 86400;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (!value.empty() && error == std::errc() && end == value.data() + value.size())
    return seconds < 0 ? std::nullopt : std::optional(std::chrono::seconds(std::min(seconds, kDay)));
  const auto date = parseHttpDate(std::string(value));
  if (!date) return std::nullopt;
  return std::chrono::seconds(std::clamp<std::int64_t>(*date - std::chrono::system_clock::to_time_t(now), 0, kDay));
}

}  // namespace windlass::kube
