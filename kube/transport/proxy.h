#pragma once
// Which proxy the way to a server goes through. Pure but for readProxyEnvironment. Internal to the room.
// Source: client-go clientcmd/api/v1/types.go (proxy-url), golang.org/x/net/http/httpproxy (variables, NO_PROXY).
#include <optional>
#include <string>

#include "kube/object/result.h"
#include "kube/transport/url.h"

namespace windlass::kube {

struct Proxy {
  std::string host;  // without brackets
  std::string port;
  std::string authorization;  // value of Proxy-Authorization, "" = none; never logged
};

struct ProxyEnvironment {
  std::string https, http, all, none;  // HTTPS_PROXY, http_proxy, ALL_PROXY, NO_PROXY
};
ProxyEnvironment readProxyEnvironment();

// `proxyUrl` of the kubeconfig wins over the environment; a server on loopback is always reached directly. Invalid: not
// http://, with what to write instead.
Result<std::optional<Proxy>> chooseProxy(const ServerUrl& server, const std::string& proxyUrl,
                                         const ProxyEnvironment& environment);
// Whether NO_PROXY names the host: "*", a name and all below it, an address, a network ("10.0.0.0/8"), each with an
// optional port.
bool isExcludedFromProxy(const std::string& none, const std::string& host, const std::string& port);

}  // namespace windlass::kube
