#include "kube/object/parse.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') + std::string(static_cast<std::size_t>(levels), ']');
}

TEST(ParseJson, RefusesWhatIsNestedTooDeepForTheStack) {
  EXPECT_TRUE(parseJson(nested(kMaxJsonDepth)));
  const auto refused = parseJson(nested(kMaxJsonDepth + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Decode);
  EXPECT_FALSE(parseJson(nested(1000000)));
}

TEST(ParseJson, BracketsInTextsAreNoNesting) {
  const std::string text = "\"" + std::string(5000, '[') + "\\\"" + std::string(5000, '{') + "\"";
  EXPECT_TRUE(parseJson(text));
  EXPECT_FALSE(parseJson("\"\\\\\"" + nested(kMaxJsonDepth + 1)));
}

TEST(ParseJson, AnErrorNeverRepeatsTheInput) {
  const auto refused = parseJson("secret");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().toString().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace windlass::kube
