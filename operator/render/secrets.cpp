// Requests for Secrets: which keys there are and how a missing one is made. No value passes through here.
#include "operator/render/workload.h"

namespace windlass::ops {
namespace {

void replaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

SecretRequest request(const Scope& scope, const ServiceDefinition& definition, const std::string& name, bool keep) {
  return {.name = name, .labels = labelsOf(scope, definition), .keys = {}, .keepOnDelete = keep};
}

std::string expandOr(const std::string& text, const References& references, const std::string& where, Status& status) {
  Result<std::string> expanded = expand(text, references, where);
  if (expanded) return *expanded;
  if (status) status = kube::fail(expanded.error());
  return "";
}

// The Secret by which a service logs in at another one.
SecretRequest loginSecret(const Scope& scope, const ServiceDefinition& owner, const AccountDefinition& account) {
  SecretRequest out = request(scope, owner, baseName(scope, owner) + "-" + account.secret, false);
  out.keys.push_back({"password", "password", 32, ""});
  out.keys.push_back({"username", "literal", 0, account.name});
  return out;
}

// The Secret of one database account: username, password and the URL by which the service connects.
SecretRequest accountSecret(const Scope& scope, const ServiceDefinition& owner, const DatabaseDefinition& database,
                            Status& status) {
  SecretRequest out = request(scope, owner, baseName(scope, owner) + "-" + database.secret, false);
  out.keys.push_back({"password", "password", 32, ""});
  out.keys.push_back({"username", "literal", 0, database.user});
  const auto server = scope.infrastructure.find("database");
  if (server == scope.infrastructure.end() || !server->second->connection) {
    if (status)
      status =
          kube::fail(kube::ErrorKind::Invalid, "charts: " + owner.name + " has databases but does not need database");
    return out;
  }
  References references = scope.references;
  references["target.database"] = database.name;
  references["target.user"] = database.user;
  out.keys.push_back({"url", "template", 0,
                      expandOr(server->second->connection->url, references,
                               "charts: " + server->second->name + " connection.url", status)});
  return out;
}

}  // namespace

std::vector<SecretRequest> secretsOf(const Scope& scope, const ServiceDefinition& definition, Status& status) {
  std::vector<SecretRequest> out;
  const auto& supplied = scope.cloud->spec.adminPasswordSecret;
  for (const SecretDefinition& secret : definition.secrets) {
    SecretRequest item =
        request(scope, definition, baseName(scope, definition) + "-" + secret.name, secret.keepOnDelete);
    const bool replaced = !secret.suppliedBy.empty() && supplied.has_value();
    for (const SecretKeyDefinition& key : secret.keys) {
      if (replaced && key.key == "password") continue;
      std::string value =
          expandOr(key.value, scope.references, "charts: " + definition.name + " secrets." + secret.name, status);
      if (replaced) replaceAll(value, "{password}", "{" + supplied->name + "/" + supplied->key + "}");
      item.keys.push_back({key.key, key.generator, key.length, value});
    }
    out.push_back(std::move(item));
  }
  for (const DatabaseDefinition& database : definition.databases)
    out.push_back(accountSecret(scope, definition, database, status));
  if (definition.account) out.push_back(loginSecret(scope, definition, *definition.account));
  return out;
}

std::vector<SecretRequest> urlSecretOf(const Scope& scope, const ServiceDefinition& infrastructure, Status& status) {
  const auto& connection = infrastructure.connection;
  if (!connection || connection->url.empty() || infrastructure.role == "database") return {};
  SecretRequest out = request(scope, infrastructure, baseName(scope, infrastructure) + "-url", false);
  std::string url =
      expandOr(connection->url, scope.references, "charts: " + infrastructure.name + " connection.url", status);
  std::string admin = baseName(scope, infrastructure) + "-" + connection->adminSecret;
  if (scope.isExternal(infrastructure.role)) {
    admin = scope.cloud->spec.infrastructure.at(infrastructure.role).external->credentialsSecret;
    if (admin.empty() && status) {
      status = kube::fail(kube::ErrorKind::Invalid,
                          "spec.infrastructure." + infrastructure.role +
                              ".external.credentialsSecretRef: is missing, name a Secret with username and password");
    }
  }
  replaceAll(url, "{username}", "{" + admin + "/username}");
  replaceAll(url, "{password}", "{" + admin + "/password}");
  out.keys.push_back({"url", "template", 0, url});
  return {out};
}

}  // namespace windlass::ops
