#pragma once
// Server addresses and percent-encoding. Pure.
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

struct ServerUrl {
  bool tls = false;
  std::string path;        // of the server's URL, "" or "/prefix": what a request's target is appended to
  std::string host;        // as written, IPv6 in brackets
  std::string port;        // never empty
  std::string serverName;  // what the certificate must be for; without brackets
  bool loopback = false;   // never through a proxy, as Go does it (net/http ProxyFromEnvironment)

  std::string authority() const { return host + ":" + port; }
  std::string origin() const { return (tls ? "https://" : "http://") + authority(); }
  std::string address() const;  // the host without brackets
};

// With a tlsServerName that is what SNI and verification use, while the connection goes to the server.
Result<ServerUrl> parseServerUrl(std::string_view server, std::string_view tlsServerName);

// RFC 3986 unreserved characters stay.
std::string percentEncode(std::string_view text);
// "%20" and the like back to bytes; what is no such triple stays.
std::string percentDecode(std::string_view text);

}  // namespace windlass::kube
