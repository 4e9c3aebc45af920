#include "kube/transport/url.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

TEST(Url, ThePortIsFilledInAndThePathKept) {
  const auto url = parseServerUrl("https://api.example/prefix/", "").value();
  EXPECT_EQ(url.origin(), "https://api.example:443");
  EXPECT_EQ(url.path, "/prefix");
  EXPECT_EQ(url.serverName, "api.example");
  EXPECT_FALSE(url.loopback);
}

TEST(Url, Ipv6AddressesKeepTheirBrackets) {
  const auto url = parseServerUrl("https://[fd00::1]:6443", "").value();
  EXPECT_EQ(url.origin(), "https://[fd00::1]:6443");
  EXPECT_EQ(url.address(), "fd00::1");
  EXPECT_EQ(url.serverName, "fd00::1");
  EXPECT_EQ(parseServerUrl("https://[fd00::1]", "").value().port, "443");
  EXPECT_TRUE(parseServerUrl("http://[::1]:80", "").value().loopback);
}

TEST(Url, ATlsServerNameIsWhatIsVerifiedWhileTheAddressIsConnectedTo) {
  const auto url = parseServerUrl("https://10.0.0.1:6443", "kubernetes.default").value();
  EXPECT_EQ(url.serverName, "kubernetes.default");
  EXPECT_EQ(url.address(), "10.0.0.1");
  EXPECT_EQ(url.authority(), "10.0.0.1:6443");
}

TEST(Url, NonsenseIsInvalid) {
  for (const char* text :
       {"", "api.example", "ftp://x", "https://", "https://:1", "https://user@host", "https://h:", "https://h:x",
        "https://h:0", "https://h:65536", "https://a b", "https://a\r\nEvil: 1", "https://a?b", "https://a/b c"})
    EXPECT_FALSE(parseServerUrl(text, "").has_value()) << text;
}

TEST(Url, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(percentEncode("a b/c=d,e~\xC3\xA4"), "a%20b%2Fc%3Dd%2Ce~%C3%A4");
}

TEST(Url, DecodingTakesWholeTriplesOnly) {
  EXPECT_EQ(percentDecode("a%20b%2fc%C3%A4"), "a b/c\xC3\xA4");
  EXPECT_EQ(percentDecode("100%"), "100%");
  EXPECT_EQ(percentDecode("%2"), "%2");
  EXPECT_EQ(percentDecode("%-1%zz"), "%-1%zz");
}

}  // namespace
}  // namespace windlass::kube
