#include "kube/transport/kubeconfig.h"

#include <filesystem>

#include <yaml-cpp/yaml.h>

#include "kube/object/base64.h"

namespace windlass::kube {
namespace {

tl::unexpected<Error> badField(const std::string& field, const std::string& why) {
  return fail(ErrorKind::Invalid, "kubeconfig: " + field + " " + why);
}

std::string textOf(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : "";
}

bool flagOf(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  return value && value.IsScalar() && value.as<bool>(false);
}

std::vector<std::string> listOf(const YAML::Node& node) {
  std::vector<std::string> texts;
  if (!node || !node.IsSequence()) return texts;
  for (const YAML::Node& item : node)
    if (item.IsScalar()) texts.push_back(item.Scalar());
  return texts;
}

std::string resolved(const std::string& path, const std::string& directory) {
  if (path.empty() || path.front() == '/') return path;
  return (std::filesystem::path(directory) / path).lexically_normal().string();
}

Result<PemSource> pemOf(const YAML::Node& node, const std::string& field, const std::string& directory) {
  PemSource source{"", resolved(textOf(node, field.c_str()), directory)};
  const std::string encoded = textOf(node, (field + "-data").c_str());
  if (encoded.empty()) return source;
  auto data = base64Decode(encoded);
  if (!data) return badField(field + "-data", "is not base64");
  source.data = std::move(*data);
  return source;
}

Result<Endpoint> clusterOf(const YAML::Node& node, const std::string& directory) {
  Endpoint cluster;
  cluster.server = textOf(node, "server");
  cluster.tlsServerName = textOf(node, "tls-server-name");
  cluster.proxyUrl = textOf(node, "proxy-url");
  cluster.insecureSkipVerify = flagOf(node, "insecure-skip-tls-verify");
  WINDLASS_TRY_ASSIGN(cluster.authorities, pemOf(node, "certificate-authority", directory));
  return cluster;
}

ExecConfig execOf(const YAML::Node& node, const std::string& directory) {
  ExecConfig exec;
  exec.apiVersion = textOf(node, "apiVersion");
  // Only a command with a slash is a path; a bare name is looked up in PATH.
  exec.command = textOf(node, "command");
  if (exec.command.find('/') != std::string::npos) exec.command = resolved(exec.command, directory);
  exec.args = listOf(node["args"]);
  exec.installHint = textOf(node, "installHint");
  exec.interactiveMode = textOf(node, "interactiveMode");
  exec.provideClusterInfo = flagOf(node, "provideClusterInfo");
  if (const YAML::Node env = node["env"]; env && env.IsSequence())
    for (const YAML::Node& item : env)
      if (item.IsMap()) exec.env.emplace_back(textOf(item, "name"), textOf(item, "value"));
  return exec;
}

Impersonation impersonationOf(const YAML::Node& node) {
  Impersonation as{textOf(node, "as"), textOf(node, "as-uid"), listOf(node["as-groups"]), {}};
  if (const YAML::Node extra = node["as-user-extra"]; extra && extra.IsMap())
    for (const auto& entry : extra) as.extra[entry.first.as<std::string>("")] = listOf(entry.second);
  return as;
}

Result<Endpoint> userOf(const YAML::Node& node, const std::string& directory) {
  Endpoint user;
  WINDLASS_TRY_ASSIGN(user.clientCertificate, pemOf(node, "client-certificate", directory));
  WINDLASS_TRY_ASSIGN(user.clientKey, pemOf(node, "client-key", directory));
  user.token = textOf(node, "token");
  user.tokenFile = resolved(textOf(node, "tokenFile"), directory);
  user.username = textOf(node, "username");
  user.password = textOf(node, "password");
  user.impersonate = impersonationOf(node);
  if (const YAML::Node exec = node["exec"]; exec && exec.IsMap()) user.exec = execOf(exec, directory);
  if (node["auth-provider"])
    return badField("auth-provider", "was removed from Kubernetes 1.26; use an exec credential plugin");
  return user;
}

// Calls take(name, node) for each {name: x, <entryKey>: {...}} of a list.
template <class Take>
Status eachNamed(const YAML::Node& root, const char* listKey, const char* entryKey, const Take& take) {
  const YAML::Node list = root[listKey];
  if (!list || list.IsNull()) return {};
  if (!list.IsSequence()) return badField(listKey, "must be a list");
  for (const YAML::Node& item : list) {
    if (!item.IsMap()) return badField(listKey, "must hold objects");
    const YAML::Node body = item[entryKey];
    if (!body || !body.IsMap()) continue;
    WINDLASS_TRY(take(textOf(item, "name"), body));
  }
  return {};
}

Result<Kubeconfig> configOf(const YAML::Node& root, const std::string& directory) {
  Kubeconfig config;
  if (!root || root.IsNull()) return config;
  if (!root.IsMap()) return badField("the document", "must be an object");
  config.currentContext = textOf(root, "current-context");
  // Within one file, too, the first entry of a name counts.
  WINDLASS_TRY(eachNamed(root, "clusters", "cluster", [&](const std::string& name, const YAML::Node& body) -> Status {
    WINDLASS_TRY_ASSIGN(Endpoint cluster, clusterOf(body, directory));
    config.clusters.emplace(name, std::move(cluster));
    return {};
  }));
  WINDLASS_TRY(eachNamed(root, "users", "user", [&](const std::string& name, const YAML::Node& body) -> Status {
    WINDLASS_TRY_ASSIGN(Endpoint user, userOf(body, directory));
    config.users.emplace(name, std::move(user));
    return {};
  }));
  WINDLASS_TRY(eachNamed(root, "contexts", "context", [&](const std::string& name, const YAML::Node& body) -> Status {
    config.contexts.emplace(name,
                            KubeContext{textOf(body, "cluster"), textOf(body, "user"), textOf(body, "namespace")});
    return {};
  }));
  return config;
}

Status checkServer(const std::string& server) {
  if (server.starts_with("https://") || server.starts_with("http://")) return {};
  return badField("cluster.server", "must be a URL that starts with https:// or http://");
}

}  // namespace

Result<Kubeconfig> parseKubeconfig(std::string_view yaml, const std::string& directory) {
  try {
    return configOf(YAML::Load(std::string(yaml)), directory);
  } catch (const YAML::Exception& e) {
    return fail(ErrorKind::Invalid, "kubeconfig: not YAML at line " + std::to_string(e.mark.line + 1));
  }
}

void mergeKubeconfig(Kubeconfig& into, Kubeconfig later) {
  into.clusters.merge(later.clusters);
  into.users.merge(later.users);
  into.contexts.merge(later.contexts);
  if (into.currentContext.empty()) into.currentContext = std::move(later.currentContext);
}

Result<Endpoint> resolveContext(const Kubeconfig& config, const std::string& context) {
  const std::string& name = context.empty() ? config.currentContext : context;
  if (name.empty())
    return badField("current-context", "is not set; set it with `kubectl config use-context` or name a context");
  const auto chosen = config.contexts.find(name);
  if (chosen == config.contexts.end()) return badField("context '" + name + "'", "does not exist");
  const auto cluster = config.clusters.find(chosen->second.cluster);
  if (cluster == config.clusters.end())
    return badField("context '" + name + "'",
                    "names the cluster '" + chosen->second.cluster + "', which does not exist");
  Endpoint endpoint;
  if (!chosen->second.user.empty()) {
    const auto user = config.users.find(chosen->second.user);
    if (user == config.users.end())
      return badField("context '" + name + "'", "names the user '" + chosen->second.user + "', which does not exist");
    endpoint = user->second;
  }
  WINDLASS_TRY(checkServer(cluster->second.server));
  endpoint.server = cluster->second.server;
  endpoint.tlsServerName = cluster->second.tlsServerName;
  endpoint.proxyUrl = cluster->second.proxyUrl;
  endpoint.insecureSkipVerify = cluster->second.insecureSkipVerify;
  endpoint.authorities = cluster->second.authorities;
  endpoint.defaultNamespace = chosen->second.ns;
  return endpoint;
}

}  // namespace windlass::kube
