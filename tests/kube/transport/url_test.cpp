#include "kube/transport/url.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

TEST(Url, ThePortIsFilledInAndThePathKept) {
  const auto url = parseServerUrl("https://api.example/prefix/", "").value();
  EXPECT_EQ(url.prefix, "https://api.example:443/prefix");
  EXPECT_EQ(url.path, "/prefix");
  EXPECT_FALSE(url.loopback);
}

TEST(Url, Ipv6AddressesKeepTheirBrackets) {
  EXPECT_EQ(parseServerUrl("https://[fd00::1]:6443", "").value().prefix, "https://[fd00::1]:6443");
  EXPECT_EQ(parseServerUrl("https://[fd00::1]", "").value().port, "443");
  EXPECT_TRUE(parseServerUrl("http://[::1]:80", "").value().loopback);
}

TEST(Url, ATlsServerNameIsWhatIsVerifiedWhileTheAddressIsConnectedTo) {
  const auto url = parseServerUrl("https://10.0.0.1:6443", "kubernetes.default").value();
  EXPECT_EQ(url.prefix, "https://kubernetes.default:6443");
  EXPECT_EQ(url.connectTo, "kubernetes.default:6443:10.0.0.1:6443");
  EXPECT_EQ(url.hostHeader, "10.0.0.1:6443");
}

TEST(Url, NonsenseIsInvalid) {
  for (const char* text : {"", "api.example", "ftp://x", "https://", "https://:1", "https://user@host", "https://h:"})
    EXPECT_FALSE(parseServerUrl(text, "").has_value()) << text;
}

TEST(Url, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(percentEncode("a b/c=d,e~\xC3\xA4"), "a%20b%2Fc%3Dd%2Ce~%C3%A4");
}

}  // namespace
}  // namespace windlass::kube
