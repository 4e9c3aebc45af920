#include "operator/model/decode.h"

#include <gtest/gtest.h>

namespace windlass::ops {
namespace {

TEST(Decode, UnknownFieldsAreNamedWithTheNearestKnownOne) {
  const Json value = {{"replcas", 2}};
  DecodeContext context;
  {
    ObjectReader reader(value, {"spec", "spec"}, context);
    reader.integer("replicas", 0, 9);
  }
  ASSERT_EQ(context.errors.size(), 1U);
  EXPECT_EQ(context.errors[0].path, "spec.replcas");
  EXPECT_EQ(context.errors[0].message, "is not a known field, did you mean replicas?");
}

TEST(Decode, NumbersAreCheckedForKindAndBounds) {
  for (const Json& wrong :
       {Json("2"), Json(2.5), Json(-1), Json(10), Json(true), Json(18446744073709551615ULL), Json::array()}) {
    const Json value = {{"n", wrong}};
    DecodeContext context;
    ObjectReader reader(value, {}, context);
    EXPECT_EQ(reader.integer("n", 0, 9), std::nullopt) << wrong;
    EXPECT_EQ(context.errors.size(), 1U) << wrong;
  }
}

TEST(Decode, TextsWithControlCharactersAreRefused) {
  const Json value = {{"t", std::string("a\0b", 3)}};
  DecodeContext context;
  ObjectReader reader(value, {}, context);
  EXPECT_EQ(reader.text("t"), "");
  EXPECT_EQ(context.errors.size(), 1U);
}

TEST(Decode, ErrorsAreBounded) {
  Json value = Json::object();
  for (int i = 0; i < 1000; ++i) value["unknown-" + std::to_string(i)] = i;
  DecodeContext context;
  { ObjectReader reader(value, {}, context); }
  EXPECT_EQ(context.errors.size(), 20U);
}

TEST(Decode, HostileNamesAreShownHarmlesslyAndShort) {
  const std::string name = std::string("\x1b[31m", 5) + std::string(5000, 'x');
  const std::string shown = inQuotes(name);
  EXPECT_LT(shown.size(), 80U);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
}

TEST(Decode, DnsLabelsStartWithALetterAndEndWithLetterOrDigit) {
  EXPECT_TRUE(isDnsLabel("demo-1"));
  for (const char* wrong : {"", "-a", "a-", "1a", "A", "a.b", "a_b"}) EXPECT_FALSE(isDnsLabel(wrong)) << wrong;
}

}  // namespace
}  // namespace windlass::ops
