#pragma once
// Where an API server is and how to prove who we are: one resolved kubeconfig context or the in-cluster account.
// Source: k8s.io/client-go tools/clientcmd/api/types.go.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace windlass::kube {

// PEM given inline or as a file; inline wins (clientcmd: "data takes precedence").
struct PemSource {
  std::string data;
  std::string file;
  bool empty() const { return data.empty() && file.empty(); }
};

// A client.authentication.k8s.io credential plugin.
struct ExecConfig {
  std::string apiVersion;  // client.authentication.k8s.io/v1 or /v1beta1
  std::string command;     // absolute, or a name to be found in PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string installHint;
  std::string interactiveMode;  // Never, IfAvailable, Always
  bool provideClusterInfo = false;
  std::chrono::milliseconds timeout{30000};
};

struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

struct Endpoint {
  std::string server;         // "https://10.0.0.1:6443" with an optional path
  std::string tlsServerName;  // "" = the host of `server`
  std::string proxyUrl;       // "" = HTTPS_PROXY and NO_PROXY of the environment
  bool insecureSkipVerify = false;
  PemSource authorities;  // empty = the system's
  PemSource clientCertificate;
  PemSource clientKey;
  std::string token;
  std::string tokenFile;  // wins over token, reread every minute
  std::string username;
  std::string password;
  std::optional<ExecConfig> exec;
  Impersonation impersonate;
  std::string defaultNamespace;  // of the context or the service account; "" = none given
};

}  // namespace windlass::kube
