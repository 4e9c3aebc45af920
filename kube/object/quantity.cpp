#include "kube/object/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace windlass::kube {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kNano = 1000000000;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr Wide kLimit = Wide{kMax} * kNano;

struct DecimalSuffix {
  std::string_view text;
  int exponent;
};
constexpr std::array<DecimalSuffix, 10> kDecimal{
    {{"n", -9}, {"u", -6}, {"m", -3}, {"", 0}, {"k", 3}, {"M", 6}, {"G", 9}, {"T", 12}, {"P", 15}, {"E", 18}}};
constexpr std::array<std::string_view, 6> kBinary{"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};

struct Suffix {
  Quantity::Format format = Quantity::Format::DecimalSI;
  int exponent = 0;  // of ten; of 1024 for BinarySI
};

std::optional<Suffix> parseSuffix(std::string_view text) {
  for (std::size_t i = 0; i < kBinary.size(); ++i)
    if (text == kBinary[i]) return Suffix{Quantity::Format::BinarySI, static_cast<int>(i) + 1};
  for (const DecimalSuffix& suffix : kDecimal)
    if (text == suffix.text) return Suffix{Quantity::Format::DecimalSI, suffix.exponent};
  if (text.size() < 2 || (text.front() != 'e' && text.front() != 'E')) return std::nullopt;
  text.remove_prefix(text[1] == '+' && text.size() > 2 && text[2] != '-' ? 2 : 1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Suffix{Quantity::Format::DecimalExponent, exponent};
}

constexpr Wide wideLimit() {
  return Wide{kMax} * kNano;
}

// A number of any size as it was written: 0.digits * 10^point. Amounts with more digits than any integer holds are read
// exactly, because "1.0000000000000000000000000000Ki" is a quantity, too.
struct Digits {
  std::string digits;
  long point = 0;
};

// Takes digits with at most one point; nullopt when there is no digit.
std::optional<Digits> takeDigits(std::string_view& text) {
  Digits number;
  bool point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    number.digits += c;
    if (!point) ++number.point;
  }
  return number.digits.empty() ? std::nullopt : std::optional(std::move(number));
}

// Long multiplication by 1024^power; 1024^6 times ten is still below 2^64.
void multiplyByBinary(Digits& number, int power) {
  const std::uint64_t factor = std::uint64_t{1} << (10U * static_cast<unsigned>(power));
  std::uint64_t carry = 0;
  for (auto digit = number.digits.rbegin(); digit != number.digits.rend(); ++digit) {
    carry += static_cast<std::uint64_t>(*digit - '0') * factor;
    *digit = static_cast<char>('0' + carry % 10);
    carry /= 10;
  }
  for (; carry != 0; carry /= 10, ++number.point)
    number.digits.insert(number.digits.begin(), static_cast<char>('0' + carry % 10));
}

// In billionths, rounded away from zero, saturating.
Wide toNano(const Digits& number) {
  if (number.digits.find_first_not_of('0') == std::string::npos) return 0;
  Wide value = 0;
  const long wanted = number.point + 9;
  for (long i = 0; i < wanted; ++i) {
    const auto at = static_cast<std::size_t>(i);
    value = value * 10 + (at < number.digits.size() ? number.digits[at] - '0' : 0);
    if (value > kLimit) return kLimit;
  }
  const std::size_t used = wanted < 0 ? 0 : std::min(static_cast<std::size_t>(wanted), number.digits.size());
  return number.digits.find_first_not_of('0', used) == std::string::npos ? value : value + 1;
}

Wide nanoOf(std::int64_t whole, std::int32_t nano) {
  return Wide{whole} * kNano + nano;
}

std::string decimalText(Wide nano, const char* exponentMark) {
  const bool negative = nano < 0;
  if (negative) nano = -nano;
  std::size_t step = 0;  // index into kDecimal, n upwards
  while (step + 1 < kDecimal.size() && nano != 0 && nano % 1000 == 0) {
    nano /= 1000;
    ++step;
  }
  if (nano == 0) return "0";
  std::string number;  // may have more digits than an int64 holds: "9223372036854775807500m"
  for (; nano != 0; nano /= 10) number.insert(number.begin(), static_cast<char>('0' + static_cast<int>(nano % 10)));
  if (negative) number.insert(number.begin(), '-');
  if (!exponentMark) return number + std::string(kDecimal[step].text);
  const int exponent = kDecimal[step].exponent;
  return exponent == 0 ? number : number + exponentMark + std::to_string(exponent);
}

std::string binaryText(std::int64_t value) {
  std::size_t step = 0;
  while (step < kBinary.size() && value != 0 && value % 1024 == 0) {
    value /= 1024;
    ++step;
  }
  return std::to_string(value) + (step == 0 ? "" : std::string(kBinary[step - 1]));
}

std::int64_t saturated(Wide value) {
  return value > kMax ? kMax : value < -Wide{kMax} ? -kMax : static_cast<std::int64_t>(value);
}

std::int64_t ceilDivide(Wide value, std::int64_t by) {
  const Wide quotient = value / by;
  return saturated(value % by > 0 ? quotient + 1 : quotient);
}

struct Parts {
  std::int64_t whole;
  std::int32_t nano;
};

Parts split(Wide nano) {
  nano = std::clamp(nano, -kLimit, kLimit);
  Wide whole = nano / kNano;
  Wide rest = nano % kNano;
  if (rest < 0) {
    rest += kNano;
    --whole;
  }
  return {static_cast<std::int64_t>(whole), static_cast<std::int32_t>(rest)};
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
  const std::string_view original = text;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto digits = takeDigits(text);
  const auto suffix = parseSuffix(text);
  if (!digits || !suffix || suffix->exponent > 1000 || suffix->exponent < -1000)
    return fail(ErrorKind::Invalid,
                "'" + std::string(original.substr(0, 64)) +
                    "' is not a quantity; write a number with an optional suffix such as 500m, 2 or 4Gi");
  if (suffix->format == Format::BinarySI)
    multiplyByBinary(*digits, suffix->exponent);
  else
    digits->point += suffix->exponent;
  const Wide nano = toNano(*digits);
  Quantity quantity;
  const Parts parts = split(negative ? -nano : nano);
  quantity.whole_ = parts.whole;
  quantity.nano_ = parts.nano;
  quantity.format_ = suffix->format;
  return quantity;
}

Quantity Quantity::of(std::int64_t value, Format format) {
  Quantity quantity;
  quantity.whole_ = value;
  quantity.format_ = format;
  return quantity;
}

Quantity Quantity::ofMilli(std::int64_t milli) {
  Quantity quantity;
  const Parts parts = split(Wide{milli} * (kNano / 1000));
  quantity.whole_ = parts.whole;
  quantity.nano_ = parts.nano;
  return quantity;
}

std::int64_t Quantity::value() const {
  return ceilDivide(nanoOf(whole_, nano_), kNano);
}
std::int64_t Quantity::milliValue() const {
  return ceilDivide(nanoOf(whole_, nano_), kNano / 1000);
}

std::string Quantity::toString() const {
  // Below 1024 and for fractions the binary suffixes have no meaning (quantity.go, CanonicalizeBytes).
  const bool small = nano_ != 0 || (whole_ > -1024 && whole_ < 1024);
  if (format_ == Format::BinarySI && !small) return binaryText(whole_);
  return decimalText(nanoOf(whole_, nano_), format_ == Format::DecimalExponent ? "e" : nullptr);
}

Quantity Quantity::operator+(const Quantity& other) const {
  Quantity sum = *this;
  const Parts parts = split(nanoOf(whole_, nano_) + nanoOf(other.whole_, other.nano_));
  sum.whole_ = parts.whole;
  sum.nano_ = parts.nano;
  return sum;
}

Quantity Quantity::operator-(const Quantity& other) const {
  Quantity difference = *this;
  const Parts parts = split(nanoOf(whole_, nano_) - nanoOf(other.whole_, other.nano_));
  difference.whole_ = parts.whole;
  difference.nano_ = parts.nano;
  return difference;
}

std::strong_ordering Quantity::operator<=>(const Quantity& other) const {
  if (const auto order = whole_ <=> other.whole_; order != 0) return order;
  return nano_ <=> other.nano_;
}

}  // namespace windlass::kube
