#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "kube/object/conditions.h"

namespace windlass::kube {
namespace {

using std::chrono::microseconds;

std::string dateAndTime(TimePoint time) {
  // In seconds from here on: the first day a TimePoint reaches began before it.
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// Takes `digits` decimal digits off the front.
std::optional<int> takeNumber(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view oneOf) {
  if (text.empty() || oneOf.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

microseconds takeFraction(std::string_view& text) {
  if (!take(text, ".")) return microseconds{0};
  std::int64_t value = 0;
  std::int64_t unit = 1000000;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    unit /= 10;
    value += (text.front() - '0') * unit;
    text.remove_prefix(1);
  }
  return microseconds{value};
}

std::optional<std::chrono::minutes> takeOffset(std::string_view& text) {
  if (take(text, "zZ")) return std::chrono::minutes{0};
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, "+-")) return std::nullopt;
  const auto hours = takeNumber(text, 2);
  const bool colon = take(text, ":");
  const auto minutes = takeNumber(text, 2);
  if (!hours || !colon || !minutes) return std::nullopt;
  return std::chrono::minutes{(*hours * 60 + *minutes) * (west ? -1 : 1)};
}

std::optional<std::array<int, 3>> takeTriple(std::string_view& text, std::size_t firstDigits, std::string_view mark) {
  const auto a = takeNumber(text, firstDigits);
  const bool markA = take(text, mark);
  const auto b = takeNumber(text, 2);
  const bool markB = take(text, mark);
  const auto c = takeNumber(text, 2);
  if (!a || !markA || !b || !markB || !c) return std::nullopt;
  return std::array<int, 3>{*a, *b, *c};
}

// A TimePoint counts nanoseconds and reaches from 1677 to 2262; "9999-12-31" is how some say "never".
TimePoint saturated(std::chrono::sys_time<microseconds> time) {
  constexpr auto kFirst = std::chrono::ceil<std::chrono::seconds>(TimePoint::min());
  constexpr auto kLast = std::chrono::floor<std::chrono::seconds>(TimePoint::max());
  return std::clamp<std::chrono::sys_time<microseconds>>(time, kFirst, kLast);
}

}  // namespace

std::string formatTime(TimePoint time) {
  return dateAndTime(time) + "Z";
}

std::string formatMicroTime(TimePoint time) {
  const auto fraction = std::chrono::floor<microseconds>(time) - std::chrono::floor<std::chrono::seconds>(time);
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), ".%06dZ", static_cast<int>(fraction.count()));
  return dateAndTime(time) + text.data();
}

TimePoint parseTime(std::string_view text) {
  const auto date = takeTriple(text, 4, "-");
  if (!date || !take(text, "tT ")) return {};
  const auto clock = takeTriple(text, 2, ":");
  if (!clock) return {};
  const microseconds fraction = takeFraction(text);
  const auto offset = takeOffset(text);
  const std::chrono::year_month_day day{std::chrono::year((*date)[0]),
                                        std::chrono::month(static_cast<unsigned>((*date)[1])),
                                        std::chrono::day(static_cast<unsigned>((*date)[2]))};
  if (!offset || !text.empty() || !day.ok() || (*clock)[0] > 23 || (*clock)[1] > 59 || (*clock)[2] > 60) return {};
  return saturated(std::chrono::sys_days(day) + std::chrono::hours((*clock)[0]) + std::chrono::minutes((*clock)[1]) +
                   std::chrono::seconds((*clock)[2]) + fraction - *offset);
}

}  // namespace windlass::kube
