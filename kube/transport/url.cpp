#include "kube/transport/url.h"

namespace windlass::kube {
namespace {

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

bool isLoopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

// Where the port's colon is, or npos; not one inside of an IPv6 address.
std::size_t portColon(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  return colon != std::string_view::npos && bracket != std::string_view::npos && colon < bracket
             ? std::string_view::npos
             : colon;
}

}  // namespace

Result<ServerUrl> parseServerUrl(std::string_view server, std::string_view tlsServerName) {
  const bool tls = server.starts_with("https://");
  if (!tls && !server.starts_with("http://"))
    return fail(ErrorKind::Invalid, "the server address must start with https:// or http://");
  const std::string_view rest = server.substr(tls ? 8 : 7);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t colon = portColon(authority);
  ServerUrl url;
  url.path = path;
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? (tls ? "443" : "80") : std::string(authority.substr(colon + 1));
  if (url.host.empty() || url.port.empty() || url.host.find('@') != std::string::npos)
    return fail(ErrorKind::Invalid, "the server address has no host, an empty port or credentials in it");
  url.loopback = isLoopback(url.host);
  const bool renamed = tls && !tlsServerName.empty() && tlsServerName != url.host;
  const std::string name = renamed ? std::string(tlsServerName) : url.host;
  url.prefix = (tls ? "https://" : "http://") + name + ":" + url.port + std::string(path);
  if (renamed) {
    url.hostHeader = url.host + ":" + url.port;
    url.connectTo = name + ":" + url.port + ":" + url.host + ":" + url.port;
  }
  return url;
}

std::string percentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 15U];
  }
  return encoded;
}

}  // namespace windlass::kube
