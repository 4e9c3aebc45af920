#pragma once
// resource.Quantity: "500m", "2Gi", "1e3". Values, exact to 1/1000000000, saturating at about +-9.2e18.
// Source: k8s.io/apimachinery pkg/api/resource/quantity.go.
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

class Quantity {
 public:
  enum class Format { DecimalSI, BinarySI, DecimalExponent };

  Quantity() = default;
  // Invalid when the text is no quantity. Smaller parts than a billionth are rounded up, as upstream does.
  static Result<Quantity> parse(std::string_view text);
  static Quantity of(std::int64_t value, Format format = Format::DecimalSI);
  static Quantity ofMilli(std::int64_t milli);

  std::int64_t value() const;       // rounded up to an integer
  std::int64_t milliValue() const;  // rounded up; saturates
  // Canonical: no fraction, the largest suffix that needs none.
  std::string toString() const;
  Format format() const { return format_; }

  Quantity operator+(const Quantity& other) const;
  Quantity operator-(const Quantity& other) const;
  // Compare the amounts: "1000m" equals "1".
  bool operator==(const Quantity& other) const { return whole_ == other.whole_ && nano_ == other.nano_; }
  std::strong_ordering operator<=>(const Quantity& other) const;

 private:
  std::int64_t whole_ = 0;  // floor of the value
  std::int32_t nano_ = 0;   // 0 .. 999999999 above it
  Format format_ = Format::DecimalSI;
};

}  // namespace windlass::kube
