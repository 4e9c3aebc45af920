#include "kube/transport/proxy.h"

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"

namespace windlass::kube {
namespace {

std::string chosen(const std::string& server, const std::string& proxyUrl, const ProxyEnvironment& environment) {
  const auto proxy = chooseProxy(parseServerUrl(server, "").value(), proxyUrl, environment);
  if (!proxy) return std::string(toString(proxy.error().kind));
  return *proxy ? (*proxy)->host + ":" + (*proxy)->port : "direct";
}

TEST(Proxy, TheKubeconfigWinsOverTheEnvironment) {
  const ProxyEnvironment environment{"http://env:1", "http://plain:2", "http://all:3", ""};
  EXPECT_EQ(chosen("https://api:6443", "http://file:3128", environment), "file:3128");
  EXPECT_EQ(chosen("https://api:6443", "", environment), "env:1");
  EXPECT_EQ(chosen("http://api:6443", "", environment), "plain:2");
  EXPECT_EQ(chosen("https://api:6443", "", {"", "http://plain:2", "all:3", ""}), "all:3");
  EXPECT_EQ(chosen("https://api:6443", "", {}), "direct");
}

TEST(Proxy, LoopbackIsAlwaysReachedDirectly) {
  for (const char* server : {"https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"})
    EXPECT_EQ(chosen(server, "http://file:3128", {"http://env:1", "", "", ""}), "direct") << server;
}

TEST(Proxy, OtherKindsAreRefusedWithARemedy) {
  for (const char* proxy : {"socks5://p:1080", "https://p:443", "ftp://p", "http://", "http://p:x"}) {
    EXPECT_EQ(chosen("https://api:6443", proxy, {}), toString(ErrorKind::Invalid)) << proxy;
    EXPECT_EQ(chosen("https://api:6443", "", {proxy, "", "", ""}), toString(ErrorKind::Invalid)) << proxy;
  }
  const auto refused = chooseProxy(parseServerUrl("https://api:1", "").value(), "socks5://user:geheim@p:1", {});
  EXPECT_NE(refused.error().message.find("http://host:port"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("geheim"), std::string::npos) << refused.error().message;
}

TEST(Proxy, CredentialsAreDecodedAndTakenOut) {
  const auto proxy =
      chooseProxy(parseServerUrl("https://api:1", "").value(), "http://us%65r:p%40ss@p:3128/", {}).value().value();
  EXPECT_EQ(proxy.host, "p");
  EXPECT_EQ(proxy.authorization, "Basic dXNlcjpwQHNz");  // user:p@ss
}

TEST(Proxy, NoProxyNamesHostsDomainsAddressesAndNetworks) {
  const std::string none = "example.org, .svc,10.0.0.0/8 192.168.1.7,fd00::/8,api:8443,[fd11::1]:443";
  for (const char* host :
       {"example.org", "a.example.org", "EXAMPLE.org", "x.svc", "10.1.2.3", "192.168.1.7", "fd00::5"})
    EXPECT_TRUE(isExcludedFromProxy(none, host, "6443")) << host;
  for (const char* host : {"badexample.org", "org", "11.0.0.1", "192.168.1.70", "fe00::1", "api"})
    EXPECT_FALSE(isExcludedFromProxy(none, host, "6443")) << host;
  EXPECT_TRUE(isExcludedFromProxy(none, "api", "8443"));
  EXPECT_TRUE(isExcludedFromProxy(none, "fd11::1", "443"));
  EXPECT_TRUE(isExcludedFromProxy("*", "anything", "1"));
  EXPECT_FALSE(isExcludedFromProxy("", "anything", "1"));
  EXPECT_FALSE(isExcludedFromProxy("10.0.0.0/99,10.0.0.0/x,/8,.,:", "10.0.0.1", "1"));
}

// A proxy that speaks CONNECT and then is the server itself.
TEST(Proxy, ARequestGoesThroughTheTunnel) {
  std::string connect, inner;
  const ByteServer proxy([&](ServerConnection& connection) {
    connect = connection.readRequest();
    connection.send("HTTP/1.1 200 Connection established\r\nContent-Length: 77\r\n\r\n");
    inner = connection.readRequest();
    connection.respond("200 OK", "through");
  });
  Endpoint endpoint;
  endpoint.server = "http://api.example.invalid:6443";
  endpoint.proxyUrl = "http://me:secret@" + proxy.url().substr(7);
  HttpRequest request;
  request.target = "/x";
  const auto response = makeTransport(endpoint, "t").value()->call(request);
  ASSERT_TRUE(response.has_value()) << response.error().toString();
  EXPECT_EQ(response->body, "through");
  EXPECT_EQ(connect,
            "CONNECT api.example.invalid:6443 HTTP/1.1\r\nHost: api.example.invalid:6443\r\n"
            "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n\r\n");
  EXPECT_TRUE(inner.starts_with("GET /x HTTP/1.1\r\nHost: api.example.invalid:6443\r\n")) << inner;
  EXPECT_EQ(inner.find("Proxy-"), std::string::npos);
}

TEST(Proxy, ARefusalIsAnErrorOfTransportThatNamesTheProxy) {
  const ByteServer proxy([](ServerConnection& connection) {
    connection.readRequest();
    connection.respond("407 Proxy Authentication Required", "no");
  });
  Endpoint endpoint;
  endpoint.server = "https://api.example.invalid:6443";
  endpoint.proxyUrl = proxy.url();
  HttpRequest request;
  request.target = "/x";
  const auto response = makeTransport(endpoint, "t").value()->call(request);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Transport);
  EXPECT_NE(response.error().message.find(proxy.url().substr(7)), std::string::npos) << response.error().message;
  EXPECT_NE(response.error().message.find("407"), std::string::npos) << response.error().message;
}

}  // namespace
}  // namespace windlass::kube
