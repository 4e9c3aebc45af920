#pragma once
// Server addresses and percent-encoding. Pure.
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

struct ServerUrl {
  std::string prefix;      // what a request target is appended to: "https://10.0.0.1:6443" and a path without its "/"
  std::string path;        // of the server's URL, "" or "/prefix"
  std::string host;        // as written, IPv6 in brackets
  std::string port;        // never empty
  std::string hostHeader;  // set when the URL carries another name than the server's (tls-server-name)
  std::string connectTo;   // for CURLOPT_CONNECT_TO, in the same case
  bool loopback = false;   // never through a proxy, as Go does it (net/http ProxyFromEnvironment)
};

// With a tlsServerName the URL is written with that name, so that it is what SNI and verification use, while the
// connection goes to the server.
Result<ServerUrl> parseServerUrl(std::string_view server, std::string_view tlsServerName);

// RFC 3986 unreserved characters stay.
std::string percentEncode(std::string_view text);

}  // namespace windlass::kube
