// Names, labels, images and Secrets as the objects carry them.
#include <algorithm>

#include "operator/model/decode.h"
#include "operator/render/scope.h"

namespace windlass::ops {
namespace {

const SecretDefinition* ownSecret(const ServiceDefinition& definition, const std::string& secret) {
  for (const SecretDefinition& own : definition.secrets) {
    if (own.name == secret) return &own;
  }
  return nullptr;
}

// A Secret of `definition` itself, or the one that a person named in its place.
SecretUse ownUse(const Scope& scope, const ServiceDefinition& definition, const std::string& secret,
                 const std::string& key) {
  const SecretDefinition* own = ownSecret(definition, secret);
  const auto& supplied = scope.cloud->spec.adminPasswordSecret;
  if (own != nullptr && own->suppliedBy == "adminPasswordSecretRef" && supplied && key == "password") {
    return {supplied->name, supplied->key};
  }
  return {baseName(scope, definition) + "-" + secret, key};
}

Result<SecretUse> adminOf(const Scope& scope, const ServiceDefinition& infrastructure, const std::string& key) {
  if (!scope.isExternal(infrastructure.role)) {
    return ownUse(scope, infrastructure, infrastructure.connection->adminSecret, key);
  }
  const std::string& name = scope.cloud->spec.infrastructure.at(infrastructure.role).external->credentialsSecret;
  if (name.empty()) {
    return kube::fail(kube::ErrorKind::Invalid,
                      "spec.infrastructure." + infrastructure.role +
                          ".external.credentialsSecretRef: is missing, name a Secret with username and password");
  }
  return SecretUse{name, key};
}

}  // namespace

std::string partName(const ServiceDefinition& definition) {
  return definition.role.empty() ? definition.name : definition.role;
}

std::string baseName(const Scope& scope, const ServiceDefinition& definition) {
  return scope.cloud->key.name + "-" + partName(definition);
}

std::string componentName(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  const std::string base = baseName(scope, definition);
  return component.name == partName(definition) ? base : base + "-" + component.name;
}

std::string canaryName(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  return componentName(scope, definition, component) + "-canary";
}

std::string trafficConfigMapName(const Scope& scope, const ServiceDefinition& gateway) {
  return baseName(scope, gateway) + "-traffic";
}

std::string clusterHost(const Scope& scope, const std::string& service) {
  return service + "." + scope.cloud->key.ns + ".svc." + scope.context->clusterDomain;
}

Result<std::string> imageOf(const Scope& scope, const ServiceDefinition& definition, const std::string& image) {
  const WorkloadSpec& said = scope.workloadOf(definition);
  if (!said.image.empty() && (image.empty() || image == definition.image)) return said.image;
  std::string name = image.empty() ? definition.image : image;
  if (const auto found = scope.release->services.find(definition.name);
      image.empty() && found != scope.release->services.end()) {
    if (!found->second.image.empty()) name = found->second.image;
  }
  const auto found = scope.release->images.find(name);
  if (found == scope.release->images.end()) {
    return kube::fail(kube::ErrorKind::Invalid, "release " + scope.release->id + " has no image " + inQuotes(name) +
                                                    ", which " + definition.name + " uses");
  }
  return scope.context->imageRegistry + "/" + found->second;
}

Result<SecretUse> resolveSecret(const Scope& scope, const ServiceDefinition& definition, const std::string& secret,
                                const std::string& key, const ProvisionTarget& target) {
  if (target.owner != nullptr && secret == "account")
    return SecretUse{baseName(scope, *target.owner) + "-" + target.secret, key};
  if (target.owner != nullptr && secret == "admin" && definition.connection) return adminOf(scope, definition, key);
  if (const std::size_t slash = secret.find('/'); slash != std::string::npos) {
    const ServiceDefinition* other = scope.catalog->definition(secret.substr(0, slash));
    const std::string name = secret.substr(slash + 1);
    const bool there =
        other != nullptr && std::find(scope.services.begin(), scope.services.end(), other) != scope.services.end();
    if (!there || ownSecret(*other, name) == nullptr) {
      return kube::fail(kube::ErrorKind::Invalid, "charts: " + definition.name + " uses the secret " +
                                                      inQuotes(secret) +
                                                      ", which this cloud does not have; add the service to needs");
    }
    return ownUse(scope, *other, name, key);
  }
  const bool isAccount = (definition.account && definition.account->secret == secret) ||
                         std::any_of(definition.databases.begin(), definition.databases.end(),
                                     [&](const DatabaseDefinition& database) { return database.secret == secret; });
  if (ownSecret(definition, secret) == nullptr && !isAccount && scope.infrastructure.contains(secret)) {
    return SecretUse{scope.cloud->key.name + "-" + secret + "-url", key};
  }
  return ownUse(scope, definition, secret, key);
}

std::map<std::string, std::string> labelsOf(const Scope& scope, const ServiceDefinition& definition,
                                            const std::string& component) {
  std::map<std::string, std::string> labels = {{"app.kubernetes.io/managed-by", "windlass"},
                                               {"app.kubernetes.io/part-of", scope.cloud->key.name},
                                               {label::kCloud, scope.cloud->key.name},
                                               {label::kService, definition.name}};
  if (!component.empty()) labels[label::kComponent] = component;
  return labels;
}

}  // namespace windlass::ops
