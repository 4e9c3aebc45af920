#include "kube/object/base64.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

TEST(Base64, TheVectorsOfTheRfcMakeTheRoundTrip) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64Encode(plain), encoded);
    EXPECT_EQ(base64Decode(encoded).value(), plain);
  }
}

TEST(Base64, LineBreaksAreSkippedAndBytesStay) {
  const std::string bytes("\0\xFF\x10", 3);
  EXPECT_EQ(base64Decode("AP\n8Q").value(), bytes);
}

TEST(Base64, AnythingElseIsRefusedWithoutRepeatingIt) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zm9!", "Zg==Zg=="}) {
    const auto decoded = base64Decode(text);
    ASSERT_FALSE(decoded.has_value()) << text;
    EXPECT_EQ(decoded.error().message.find(text), std::string::npos);
  }
}

}  // namespace
}  // namespace windlass::kube
