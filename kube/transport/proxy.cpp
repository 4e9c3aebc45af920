#include "kube/transport/proxy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>

#include "kube/object/base64.h"

namespace windlass::kube {
namespace {

std::string firstSet(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return "";
}

// IPv4 as in ::ffff:a.b.c.d, so that one comparison does for both.
using IpBytes = std::array<unsigned char, 16>;
std::optional<IpBytes> ipOf(const std::string& text) {
  IpBytes bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool sameBits(const IpBytes& a, const IpBytes& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned left = bits % 8;
  return left == 0 || ((a[whole] ^ b[whole]) >> (8 - left)) == 0;
}

bool isInNetwork(const std::string& host, const std::string& network) {
  const auto slash = network.find('/');
  const auto base = ipOf(network.substr(0, slash));
  const auto address = ipOf(host);
  if (!base || !address) return false;
  if (slash == std::string::npos) return *base == *address;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(network.data() + slash + 1, network.data() + network.size(), bits);
  if (error != std::errc() || end != network.data() + network.size()) return false;
  if (network.find(':') == std::string::npos) bits += 96;
  return bits <= 128 && sameBits(*base, *address, bits);
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// "host:8443" taken apart; an IPv6 address has its port behind brackets only.
std::pair<std::string, std::string> splitPort(const std::string& entry) {
  const auto bracket = entry.rfind(']');
  const auto colon = entry.rfind(':');
  const bool bare = bracket == std::string::npos && entry.find(':') != colon;
  std::string host = entry, port;
  if (colon != std::string::npos && !bare && (bracket == std::string::npos || colon > bracket)) {
    host = entry.substr(0, colon);
    port = entry.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, port};
}

bool excludes(const std::string& entry, const std::string& host, const std::string& port) {
  if (entry == "*") return true;
  auto [name, wantedPort] = splitPort(entry);
  if (!wantedPort.empty() && wantedPort != port) return false;
  if (isInNetwork(host, name)) return true;
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.starts_with('.')) name.erase(0, 1);
  return !name.empty() && (host == name || host.ends_with("." + name));
}

Result<Proxy> parseProxy(const std::string& text) {
  const auto scheme = text.find("://");
  const std::string name = scheme == std::string::npos ? "http" : lowered(text.substr(0, scheme));
  if (name != "http")
    return fail(ErrorKind::Invalid, "a proxy of type " + name +
                                        " is not supported; give an HTTP proxy, http://host:port, in proxy-url, "
                                        "HTTPS_PROXY or ALL_PROXY, or exclude the server with NO_PROXY");
  std::string rest = scheme == std::string::npos ? text : text.substr(scheme + 3);
  Proxy proxy;
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    proxy.authorization = "Basic " + base64Encode(percentDecode(rest.substr(0, at)));
    rest.erase(0, at + 1);
  }
  const auto parsed = parseServerUrl("http://" + rest, "");
  if (!parsed)
    return fail(ErrorKind::Invalid,
                "the proxy's address is not http://host:port; correct it in proxy-url "
                "or HTTPS_PROXY");
  proxy.host = parsed->address();
  proxy.port = parsed->port;
  return proxy;
}

}  // namespace

ProxyEnvironment readProxyEnvironment() {
  // HTTP_PROXY in capitals is not read: a CGI server sets it from a request's header (CVE-2016-5385).
  return {firstSet({"https_proxy", "HTTPS_PROXY"}), firstSet({"http_proxy"}), firstSet({"all_proxy", "ALL_PROXY"}),
          firstSet({"no_proxy", "NO_PROXY"})};
}

bool isExcludedFromProxy(const std::string& none, const std::string& host, const std::string& port) {
  constexpr const char* kBetween = ", \t";
  const std::string wanted = lowered(host);
  for (auto begin = none.find_first_not_of(kBetween); begin != std::string::npos;) {
    const auto end = std::min(none.find_first_of(kBetween, begin), none.size());
    if (excludes(lowered(std::string_view(none).substr(begin, end - begin)), wanted, port)) return true;
    begin = none.find_first_not_of(kBetween, end);
  }
  return false;
}

Result<std::optional<Proxy>> chooseProxy(const ServerUrl& server, const std::string& proxyUrl,
                                         const ProxyEnvironment& environment) {
  if (server.loopback) return std::optional<Proxy>();
  std::string text = proxyUrl;
  if (text.empty() && !isExcludedFromProxy(environment.none, server.address(), server.port)) {
    text = server.tls ? environment.https : environment.http;
    if (text.empty()) text = environment.all;
  }
  if (text.empty()) return std::optional<Proxy>();
  WINDLASS_TRY_ASSIGN(Proxy proxy, parseProxy(text));
  return std::optional(std::move(proxy));
}

}  // namespace windlass::kube
