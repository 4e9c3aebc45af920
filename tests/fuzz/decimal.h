#pragma once
// Slow and simple: a non-negative decimal number of any size as its digits, the reference for quantities.
#include <algorithm>
#include <string>

namespace windlass::fuzz {

class Decimal {
 public:
  // The number digits / 10^scale; scale may be negative.
  Decimal(std::string digits, long scale) : digits_(std::move(digits)), scale_(scale) { trim(); }

  void multiply(unsigned by) {
    unsigned carry = 0;
    for (auto digit = digits_.rbegin(); digit != digits_.rend(); ++digit) {
      const unsigned product = static_cast<unsigned>(*digit - '0') * by + carry;
      *digit = static_cast<char>('0' + product % 10);
      carry = product / 10;
    }
    for (; carry > 0; carry /= 10) digits_.insert(digits_.begin(), static_cast<char>('0' + carry % 10));
    trim();
  }
  void multiplyByPowerOfTen(long power) { scale_ -= power; }

  // The digits of this number times 10^places, rounded up.
  std::string scaledUp(long places) const {
    if (digits_ == "0") return "0";
    const long zeros = places - scale_;
    if (zeros > 400) return std::string(401, '9');
    if (zeros >= 0) return digits_ + std::string(static_cast<std::size_t>(zeros), '0');
    const auto dropped = static_cast<std::size_t>(-zeros);
    if (dropped >= digits_.size()) return "1";
    const std::string kept = digits_.substr(0, digits_.size() - dropped);
    const bool exact = digits_.find_first_not_of('0', kept.size()) == std::string::npos;
    return exact ? kept : plusOne(kept);
  }

 private:
  static std::string plusOne(std::string digits) {
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
      if (*digit != '9') {
        ++*digit;
        return digits;
      }
      *digit = '0';
    }
    return "1" + digits;
  }
  void trim() {
    digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
    if (digits_.empty()) digits_ = "0";
  }

  std::string digits_;
  long scale_;
};

// Compares digit strings without leading zeros.
inline bool isLess(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

}  // namespace windlass::fuzz
