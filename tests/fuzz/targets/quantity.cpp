// Quantities against arithmetic on digit strings. The input is one quantity, or two with a space between.
#include "kube/object/quantity.h"

#include <limits>
#include <map>
#include <optional>

#include "tests/fuzz/decimal.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using kube::Quantity;

const std::string kMax = std::to_string(std::numeric_limits<std::int64_t>::max());

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

// Applies the suffix; false when there is no such suffix, or its exponent is beyond what the parser takes.
bool scale(Decimal& number, const std::string& suffix) {
  static const std::map<std::string, long> Decimals{{"", 0},  {"n", -9}, {"u", -6}, {"m", -3}, {"k", 3},
                                                    {"M", 6}, {"G", 9},  {"T", 12}, {"P", 15}, {"E", 18}};
  static const std::map<std::string, int> Binaries{{"Ki", 1}, {"Mi", 2}, {"Gi", 3}, {"Ti", 4}, {"Pi", 5}, {"Ei", 6}};
  if (const auto found = Decimals.find(suffix); found != Decimals.end()) {
    number.multiplyByPowerOfTen(found->second);
    return true;
  }
  if (const auto found = Binaries.find(suffix); found != Binaries.end()) {
    for (int i = 0; i < found->second; ++i) number.multiply(1024);
    return true;
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return false;
  std::string exponent = suffix.substr(1);
  const bool negative = exponent[0] == '-';
  if (negative || exponent[0] == '+') exponent.erase(0, 1);
  if (exponent.empty() || !std::all_of(exponent.begin(), exponent.end(), isDigit)) return false;
  exponent.erase(0, std::min(exponent.find_first_not_of('0'), exponent.size() - 1));
  if (exponent.size() > 4 || std::stol(exponent) > 1000) return false;
  number.multiplyByPowerOfTen(negative ? -std::stol(exponent) : std::stol(exponent));
  return true;
}

struct Expected {
  bool negative = false;
  std::string nano;  // digits of the amount in billionths, rounded up, saturated
};

std::optional<Expected> expectedOf(std::string text) {
  Expected expected;
  expected.negative = text.starts_with('-');
  if (expected.negative || text.starts_with('+')) text.erase(0, 1);
  const auto end = std::find_if(text.begin(), text.end(), [](char c) { return !isDigit(c) && c != '.'; });
  std::string digits(text.begin(), end);
  const auto point = digits.find('.');
  long fraction = 0;
  if (point != std::string::npos) {
    fraction = static_cast<long>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  if (digits.empty() || digits.find('.') != std::string::npos) return std::nullopt;
  Decimal number(digits, fraction);
  if (!scale(number, std::string(end, text.end()))) return std::nullopt;
  expected.nano = number.scaledUp(9);
  const std::string limit = kMax + "000000000";
  if (isLess(limit, expected.nano)) expected.nano = limit;
  return expected;
}

void checkAgainstReference(const std::string& text) {
  const auto quantity = Quantity::parse(text);
  const auto expected = expectedOf(text);
  FUZZ_REQUIRE(quantity.has_value() == expected.has_value());
  if (!quantity) return;
  // The amount in billionths is the same text through the decimal format of upstream: "<digits>n".
  const auto same = Quantity::parse((expected->negative ? "-" : "") + expected->nano + "n");
  FUZZ_REQUIRE(same.has_value());
  FUZZ_REQUIRE(*same == *quantity);
}

void checkOne(const std::string& text) {
  checkAgainstReference(text);
  const auto quantity = Quantity::parse(text);
  if (!quantity) return;
  const std::string shown = quantity->toString();
  const auto again = Quantity::parse(shown);
  FUZZ_REQUIRE(again.has_value());
  FUZZ_REQUIRE(*again == *quantity);
  // "1.5Ki" is 1536, which no power of 1024 divides: written without a suffix, and that reads as a decimal amount that
  // may have a shorter text ("1023312.5Ki", "1047872000", "1047872k"). Upstream does the same.
  const bool lostItsFormat = text.ends_with('i') && isDigit(shown.back());
  FUZZ_REQUIRE(lostItsFormat || again->toString() == shown);
  FUZZ_REQUIRE(shown.find('.') == std::string::npos);
  FUZZ_REQUIRE(Quantity::of(quantity->value()) >= *quantity);
  FUZZ_REQUIRE(*quantity - *quantity == Quantity());
}

void quantity(std::string_view bytes) {
  const std::size_t space = bytes.find(' ');
  const std::string left(bytes.substr(0, space));
  checkOne(left);
  if (space == std::string_view::npos) return;
  const std::string right(bytes.substr(space + 1));
  checkOne(right);
  const auto a = Quantity::parse(left);
  const auto b = Quantity::parse(right);
  if (!a || !b) return;
  FUZZ_REQUIRE(*a + *b == *b + *a);
  FUZZ_REQUIRE((*a < *b) == (*b > *a));
  FUZZ_REQUIRE((*a == *b) == (!(*a < *b) && !(*b < *a)));
  if (*b >= Quantity()) FUZZ_REQUIRE(*a + *b >= *a);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(quantity, windlass::fuzz::quantity)
