#include "kube/object/quantity.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace windlass::kube {
namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t kNano = 1000000000;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

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

// value * 10^exponent or value / 10^-exponent rounded away from zero, saturating.
Wide scaledByTen(Wide value, int exponent) {
  for (; exponent > 0; --exponent) {
    if (value > wideLimit()) return wideLimit();
    value *= 10;
  }
  bool inexact = false;
  for (; exponent < 0 && value != 0; ++exponent) {
    inexact = inexact || value % 10 != 0;
    value /= 10;
  }
  return inexact ? value + 1 : value;
}

Wide scaledByBinary(Wide value, int power) {
  for (; power > 0; --power) {
    if (value > wideLimit()) return wideLimit();
    value *= 1024;
  }
  return value;
}

struct Digits {
  Wide value = 0;    // all digits read, the point left out
  int fraction = 0;  // how many of them stood behind the point
};

// Takes digits with at most one point; nullopt when there is no digit.
std::optional<Digits> takeDigits(std::string_view& text) {
  Digits digits;
  bool any = false;
  bool point = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    // More digits than fit saturate; deep fractions only round up.
    if (digits.value > wideLimit()) {
      digits.fraction -= point ? 0 : 1;
      continue;
    }
    digits.value = digits.value * 10 + (c - '0');
    digits.fraction += point ? 1 : 0;
  }
  return any ? std::optional(digits) : std::nullopt;
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
  const std::string number = (negative ? "-" : "") + std::to_string(static_cast<std::int64_t>(nano));
  if (nano == 0) return "0";
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
  if (nano > wideLimit()) nano = wideLimit();
  if (nano < -wideLimit()) nano = -wideLimit();
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
  const auto digits = takeDigits(text);
  const auto suffix = parseSuffix(text);
  if (!digits || !suffix || std::abs(suffix->exponent) > 1000)
    return fail(ErrorKind::Invalid,
                "'" + std::string(original.substr(0, 64)) +
                    "' is not a quantity; write a number with an optional suffix such as 500m, 2 or 4Gi");
  const bool binary = suffix->format == Format::BinarySI;
  const Wide scaled = binary ? scaledByBinary(digits->value, suffix->exponent) : digits->value;
  const Wide nano = scaledByTen(scaled, 9 - digits->fraction + (binary ? 0 : suffix->exponent));
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
