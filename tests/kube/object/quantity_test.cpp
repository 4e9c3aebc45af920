#include "kube/object/quantity.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

std::string canonical(const char* text) {
  const auto quantity = Quantity::parse(text);
  return quantity ? quantity->toString() : "invalid";
}

Quantity parsed(const std::string& text) {
  return Quantity::parse(text).value();
}

// Expectations from k8s.io/apimachinery pkg/api/resource/quantity_test.go.
TEST(Quantity, TheCanonicalFormIsUpstreams) {
  EXPECT_EQ(canonical("0"), "0");
  EXPECT_EQ(canonical("0Mi"), "0");
  EXPECT_EQ(canonical("100"), "100");
  EXPECT_EQ(canonical("1000m"), "1");
  EXPECT_EQ(canonical("0.5"), "500m");
  EXPECT_EQ(canonical("1.5k"), "1500");
  EXPECT_EQ(canonical("2048Ki"), "2Mi");
  EXPECT_EQ(canonical("1.5Gi"), "1536Mi");
  EXPECT_EQ(canonical("0.5Ki"), "512");
  EXPECT_EQ(canonical("1e3"), "1e3");
  EXPECT_EQ(canonical("1E3"), "1e3");
  EXPECT_EQ(canonical("8E"), "8E");
  EXPECT_EQ(canonical("-1.5"), "-1500m");
  EXPECT_EQ(canonical("1n"), "1n");
}

TEST(Quantity, ValuesAreRoundedUp) {
  EXPECT_EQ(Quantity::parse("1100m").value().value(), 2);
  EXPECT_EQ(Quantity::parse("0.0001").value().milliValue(), 1);
  EXPECT_EQ(Quantity::parse("250m").value().milliValue(), 250);
  EXPECT_EQ(Quantity::parse("4Gi").value().value(), 4294967296);
  EXPECT_EQ(Quantity::parse("0.1n").value().toString(), "1n");
}

TEST(Quantity, AmountsCompareWhateverTheyAreWrittenIn) {
  EXPECT_EQ(Quantity::parse("1").value(), Quantity::parse("1000m").value());
  EXPECT_LT(Quantity::parse("1G").value(), Quantity::parse("1Gi").value());
  EXPECT_LT(Quantity::parse("-1").value(), Quantity::parse("-500m").value());
}

TEST(Quantity, SumsKeepTheFormOfTheFirst) {
  EXPECT_EQ((Quantity::parse("1Gi").value() + Quantity::parse("1Gi").value()).toString(), "2Gi");
  EXPECT_EQ((Quantity::parse("1").value() - Quantity::parse("1500m").value()).toString(), "-500m");
}

TEST(Quantity, HugeAmountsSaturate) {
  EXPECT_EQ(Quantity::parse("99999999999999999999E").value().value(), 9223372036854775807);
  EXPECT_EQ(Quantity::parse("1e999").value().milliValue(), 9223372036854775807);
}

TEST(Quantity, NonsenseIsInvalid) {
  for (const char* text : {"", "abc", "1 Gi", "1GB", "1.2.3", ".", "-", "1e", "1e+", "Gi", "0x10"})
    EXPECT_FALSE(Quantity::parse(text).has_value()) << text;
}

TEST(Quantity, ManyDigitsBehindThePointLoseNothing) {
  EXPECT_EQ(parsed("1.0000000000000000000000000000Ki"), parsed("1Ki"));
  EXPECT_EQ(parsed("0.00000000000000000000000000000000000001E"), parsed("1n"));  // rounded up
}

TEST(Quantity, TheLargestFractionIsShownWithAllItsDigits) {
  EXPECT_EQ(parsed("9223372036854775806.5").toString(), "9223372036854775806500m");
  EXPECT_EQ(parsed(parsed("-9223372036854775806.5").toString()), parsed("-9223372036854775806.5"));
}

TEST(Quantity, AnExponentOfAnySizeIsReadOrRefused) {
  for (const char* text : {"1e-2147483648", "1e2147483647", "1e99999999999"})
    EXPECT_FALSE(Quantity::parse(text)) << text;
  EXPECT_EQ(parsed("1e-1000"), parsed("1n"));
  EXPECT_EQ(parsed("0e1000"), parsed("0"));
}

}  // namespace
}  // namespace windlass::kube
