// A kubeconfig: read, merged, resolved; errors never repeat a secret.
#include "kube/transport/kubeconfig.h"

#include "kube/transport/url.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

// Seeds carry it wherever a secret stands.
constexpr std::string_view kSecret = "s3cr3t-marker";

bool isAbsoluteOrEmpty(const std::string& path) {
  return path.empty() || path.front() == '/';
}

void checkPaths(const Kubeconfig& config) {
  for (const auto& [name, cluster] : config.clusters) FUZZ_REQUIRE(isAbsoluteOrEmpty(cluster.authorities.file));
  for (const auto& [name, user] : config.users) {
    FUZZ_REQUIRE(isAbsoluteOrEmpty(user.clientCertificate.file));
    FUZZ_REQUIRE(isAbsoluteOrEmpty(user.clientKey.file));
    FUZZ_REQUIRE(isAbsoluteOrEmpty(user.tokenFile));
    if (!user.exec) continue;
    const std::string& command = user.exec->command;
    FUZZ_REQUIRE(command.find('/') == std::string::npos || command.front() == '/');
  }
}

void checkContext(const Kubeconfig& config, const std::string& name) {
  const auto endpoint = resolveContext(config, name);
  if (!endpoint) return;
  FUZZ_REQUIRE(endpoint->server.starts_with("https://") || endpoint->server.starts_with("http://"));
  const auto url = parseServerUrl(endpoint->server, endpoint->tlsServerName);
  if (!url) return;
  FUZZ_REQUIRE(!url->host.empty() && !url->port.empty());
  FUZZ_REQUIRE(!url->path.ends_with('/'));
  // Both stand in the head of a request.
  FUZZ_REQUIRE((url->path + url->authority()).find_first_of(" \t\r\n") == std::string::npos);
  FUZZ_REQUIRE(url->path.empty() || url->path.front() == '/');
}

// The first file wins, so merging a file with itself, or into nothing, changes nothing.
void checkMerge(const Kubeconfig& config) {
  Kubeconfig twice = config;
  mergeKubeconfig(twice, config);
  Kubeconfig fromNothing;
  mergeKubeconfig(fromNothing, config);
  for (const Kubeconfig& merged : {twice, fromNothing}) {
    FUZZ_REQUIRE(merged.clusters.size() == config.clusters.size());
    FUZZ_REQUIRE(merged.users.size() == config.users.size());
    FUZZ_REQUIRE(merged.contexts.size() == config.contexts.size());
    FUZZ_REQUIRE(merged.currentContext == config.currentContext);
    for (const auto& [name, user] : config.users) FUZZ_REQUIRE(merged.users.at(name).token == user.token);
  }
}

void kubeconfig(std::string_view bytes) {
  const auto config = parseKubeconfig(bytes, "/base");
  if (!config) {
    FUZZ_REQUIRE(config.error().kind == ErrorKind::Invalid);
    FUZZ_REQUIRE(config.error().toString().find(kSecret) == std::string::npos);
    return;
  }
  checkPaths(*config);
  checkMerge(*config);
  checkContext(*config, "");
  for (const auto& [name, context] : config->contexts) checkContext(*config, name);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(kubeconfig, windlass::fuzz::kubeconfig)
