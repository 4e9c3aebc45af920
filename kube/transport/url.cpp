#include "kube/transport/url.h"

#include <algorithm>
#include <charconv>

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

bool isPort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

// Nothing that could end a word or a line of a request's head.
bool isVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

bool isHost(std::string_view text) {
  return !text.empty() && isVisible(text) && text.find_first_of("@/?#\\\"<>") == std::string_view::npos;
}

}  // namespace

std::string ServerUrl::address() const {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

Result<ServerUrl> parseServerUrl(std::string_view server, std::string_view tlsServerName) {
  ServerUrl url;
  url.tls = server.starts_with("https://");
  if (!url.tls && !server.starts_with("http://"))
    return fail(ErrorKind::Invalid, "the server address must start with https:// or http://");
  const std::string_view rest = server.substr(url.tls ? 8 : 7);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::size_t colon = portColon(authority);
  url.path = path;
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? (url.tls ? "443" : "80") : std::string(authority.substr(colon + 1));
  if (!isHost(url.host) || !isPort(url.port) || !isVisible(path))
    return fail(ErrorKind::Invalid,
                "the server address must be https://host:port, without credentials and with a port of 1 to 65535");
  url.loopback = isLoopback(url.host);
  url.serverName = tlsServerName.empty() ? url.address() : std::string(tlsServerName);
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

std::string percentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* triple = text.data() + i;
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(triple + 1, triple + 3, byte, 16).ptr == triple + 3;
    decoded += coded ? static_cast<char>(byte) : text[i];
    if (coded) i += 2;
  }
  return decoded;
}

}  // namespace windlass::kube
