#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "kube/transport/files.h"
#include "kube/transport/kubeconfig.h"

namespace windlass::kube {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<Kubeconfig> readKubeconfig(const std::string& path) {
  WINDLASS_TRY_ASSIGN(const std::string text, readSmallFile(path));
  const auto directory = std::filesystem::absolute(path).parent_path().string();
  auto config = parseKubeconfig(text, directory);
  if (!config) return wrap("cannot use " + path, std::move(config).error());
  return config;
}

// $KUBECONFIG: missing files are skipped (clientcmd loader.go, Load); broken ones are errors.
Result<Kubeconfig> readKubeconfigs(const std::string& paths, bool& foundAny) {
  Kubeconfig merged;
  std::size_t begin = 0;
  while (begin <= paths.size()) {
    const std::size_t end = std::min(paths.find(':', begin), paths.size());
    const std::string path = paths.substr(begin, end - begin);
    begin = end + 1;
    if (path.empty()) continue;
    auto config = readKubeconfig(path);
    if (!config && config.error().kind == ErrorKind::Missing) continue;
    if (!config) return config;
    foundAny = true;
    mergeKubeconfig(merged, std::move(*config));
  }
  return merged;
}

bool isInCluster(const LoadingRules& rules) {
  return !rules.serviceHost.empty() && ::access((rules.serviceAccountDirectory + "/token").c_str(), R_OK) == 0;
}

// Source: client-go rest/config.go, InClusterConfig.
Endpoint inClusterEndpoint(const LoadingRules& rules) {
  Endpoint endpoint;
  const bool ipv6 = rules.serviceHost.find(':') != std::string::npos;
  endpoint.server = "https://" + (ipv6 ? "[" + rules.serviceHost + "]" : rules.serviceHost) + ":" +
                    (rules.servicePort.empty() ? "443" : rules.servicePort);
  endpoint.authorities.file = rules.serviceAccountDirectory + "/ca.crt";
  endpoint.tokenFile = rules.serviceAccountDirectory + "/token";
  endpoint.defaultNamespace = readSmallFile(rules.serviceAccountDirectory + "/namespace", 1024).value_or("");
  return endpoint;
}

}  // namespace

LoadingRules LoadingRules::fromEnvironment(std::string explicitPath) {
  LoadingRules rules;
  rules.explicitPath = std::move(explicitPath);
  rules.kubeconfigVariable = variable("KUBECONFIG");
  rules.home = variable("HOME");
  rules.serviceHost = variable("KUBERNETES_SERVICE_HOST");
  rules.servicePort = variable("KUBERNETES_SERVICE_PORT");
  return rules;
}

Result<Endpoint> loadEndpoint(const LoadingRules& rules, const std::string& context) {
  if (!rules.explicitPath.empty()) {
    WINDLASS_TRY_ASSIGN(const Kubeconfig config, readKubeconfig(rules.explicitPath));
    return resolveContext(config, context);
  }
  bool foundAny = false;
  if (!rules.kubeconfigVariable.empty()) {
    WINDLASS_TRY_ASSIGN(const Kubeconfig config, readKubeconfigs(rules.kubeconfigVariable, foundAny));
    if (foundAny) return resolveContext(config, context);
  }
  if (isInCluster(rules) && context.empty()) return inClusterEndpoint(rules);
  if (!rules.home.empty() && rules.kubeconfigVariable.empty()) {
    WINDLASS_TRY_ASSIGN(const Kubeconfig config, readKubeconfigs(rules.home + "/.kube/config", foundAny));
    if (foundAny) return resolveContext(config, context);
  }
  return fail(ErrorKind::Missing,
              "no cluster is configured: name a kubeconfig file, set KUBECONFIG, or run inside a cluster");
}

}  // namespace windlass::kube
