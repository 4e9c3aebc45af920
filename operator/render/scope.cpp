#include "operator/render/scope.h"

#include <algorithm>

#include <openssl/sha.h>

#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

std::string choiceText(const std::vector<std::string>& known) {
  std::string text;
  for (const std::string& name : known) text += (text.empty() ? "" : ", ") + name;
  return text;
}

template <class Map>
std::vector<std::string> keysOf(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

tl::unexpected<kube::Error> invalid(std::string message) {
  return kube::fail(kube::ErrorKind::Invalid, std::move(message));
}

bool isRole(const Scope& scope, const std::string& name) {
  return scope.release->infrastructure.contains(name);
}

// Services in an order in which each comes after the services it needs.
class ServiceOrder {
 public:
  explicit ServiceOrder(Scope& scope) : scope_(scope) {}

  Status add(const std::string& name) {
    if (std::find(path_.begin(), path_.end(), name) != path_.end()) {
      return invalid("charts: the services " + choiceText(path_) + " need each other in a circle");
    }
    if (!done_.insert(name).second) return {};
    path_.push_back(name);
    const ServiceDefinition& definition = *scope_.catalog->definition(name);
    for (const std::string& need : definition.needs) {
      if (isRole(scope_, need)) {
        scope_.infrastructure[need] = scope_.catalog->definition(scope_.release->infrastructure.at(need));
      } else if (!scope_.cloud->spec.services.contains(need)) {
        return invalid("spec.services: " + name + " needs the service " + need + ", add it");
      } else {
        WINDLASS_TRY(add(need));
      }
    }
    path_.pop_back();
    scope_.services.push_back(&definition);
    return {};
  }

 private:
  Scope& scope_;
  std::set<std::string> done_;
  std::vector<std::string> path_;
};

Status chooseServices(Scope& scope) {
  const Release& release = *scope.release;
  ServiceOrder order(scope);
  for (const auto& [name, spec] : scope.cloud->spec.services) {
    if (!release.services.contains(name) || scope.catalog->definition(name) == nullptr) {
      return invalid("spec.services." + name + ": release " + release.id + " has no service " + inQuotes(name) +
                     suggestion(name, keysOf(release.services)));
    }
    WINDLASS_TRY(order.add(name));
  }
  for (const auto& [role, spec] : scope.cloud->spec.infrastructure) {
    if (!isRole(scope, role))
      return invalid("spec.infrastructure." + role + ": release " + release.id + " has nothing for it");
    scope.infrastructure[role] = scope.catalog->definition(release.infrastructure.at(role));
  }
  return {};
}

Status chooseApis(Scope& scope) {
  for (const ServiceDefinition* service : scope.services) {
    for (const ApiDefinition& api : service->apis) {
      const auto component = std::find_if(service->components.begin(), service->components.end(),
                                          [&](const Component& c) { return c.name == api.component; });
      const auto port = std::find_if(component->ports.begin(), component->ports.end(),
                                     [&](const Port& p) { return p.name == api.port; });
      scope.apis.push_back({service, &api, port->number});
    }
  }
  std::sort(scope.apis.begin(), scope.apis.end(),
            [](const Api& a, const Api& b) { return a.definition->gatewayPort < b.definition->gatewayPort; });
  for (std::size_t i = 1; i < scope.apis.size(); ++i) {
    if (scope.apis[i].definition->gatewayPort == scope.apis[i - 1].definition->gatewayPort) {
      return invalid("charts: " + scope.apis[i].service->name + " and " + scope.apis[i - 1].service->name +
                     " both ask for gatewayPort " + std::to_string(scope.apis[i].definition->gatewayPort));
    }
  }
  if (!scope.apis.empty() && isRole(scope, "gateway")) {
    scope.infrastructure["gateway"] = scope.catalog->definition(scope.release->infrastructure.at("gateway"));
  }
  for (const auto& [type, port] : scope.cloud->spec.gateway.nodePorts) {
    const bool known = std::any_of(scope.apis.begin(), scope.apis.end(),
                                   [&wanted = type](const Api& api) { return api.definition->type == wanted; });
    if (!known) return invalid("spec.gateway.service.nodePorts." + type + ": the cloud has no API of this type");
  }
  return {};
}

void fillReferences(Scope& scope) {
  References& out = scope.references;
  const OpenStackCloudSpec& spec = scope.cloud->spec;
  out["cloud"] = scope.cloud->key.name;
  out["namespace"] = scope.cloud->key.ns;
  out["region"] = spec.region;
  out["release"] = scope.release->id;
  for (const auto& [role, definition] : scope.infrastructure) {
    if (scope.isExternal(role)) {
      const ExternalInfrastructure& external = *spec.infrastructure.at(role).external;
      out[role + ".host"] = external.host;
      out[role + ".port"] = std::to_string(external.port);
    } else if (definition->connection) {
      for (const Component& component : definition->components) {
        if (component.name != definition->connection->component) continue;
        out[role + ".host"] = clusterHost(scope, componentName(scope, *definition, component));
        for (const Port& port : component.ports) {
          if (port.name == definition->connection->port) out[role + ".port"] = std::to_string(port.number);
        }
      }
    }
  }
  if (scope.apis.empty()) return;
  const std::string gateway = clusterHost(scope, scope.cloud->key.name + "-gateway");
  out["gateway.host"] = gateway;
  for (const Api& api : scope.apis) {
    const std::string base = "http://" + gateway + ":" + std::to_string(api.definition->gatewayPort);
    out["api." + api.definition->type + ".base"] = base;
    out["api." + api.definition->type + ".url"] = base + api.definition->path;
  }
}

}  // namespace

bool Scope::isExternal(const std::string& role) const {
  const auto found = cloud->spec.infrastructure.find(role);
  return found != cloud->spec.infrastructure.end() && found->second.external.has_value();
}

const WorkloadSpec& Scope::workloadOf(const ServiceDefinition& definition) const {
  static const WorkloadSpec kNothingSaid;
  const OpenStackCloudSpec& spec = cloud->spec;
  if (definition.role == "gateway") return spec.gateway;
  if (definition.role.empty()) {
    const auto found = spec.services.find(definition.name);
    return found == spec.services.end() ? kNothingSaid : found->second;
  }
  const auto found = spec.infrastructure.find(definition.role);
  return found == spec.infrastructure.end() || !found->second.embedded ? kNothingSaid : *found->second.embedded;
}

std::string Scope::specPathOf(const ServiceDefinition& definition) const {
  if (definition.role == "gateway") return "spec.gateway";
  if (definition.role.empty()) return "spec.services." + definition.name;
  return "spec.infrastructure." + definition.role + ".embedded";
}

Result<Scope> makeScope(const Catalog& catalog, const OpenStackCloud& cloud, const RenderContext& context) {
  Scope scope;
  scope.catalog = &catalog;
  scope.cloud = &cloud;
  scope.context = &context;
  scope.settings = context.settingsInUse;
  scope.release = catalog.release(cloud.spec.release);
  if (scope.release == nullptr) {
    return invalid("spec.release: there is no release " + inQuotes(cloud.spec.release) + ", known are " +
                   choiceText(catalog.releaseIds()));
  }
  WINDLASS_TRY(chooseServices(scope));
  WINDLASS_TRY(chooseApis(scope));
  fillReferences(scope);
  return scope;
}

ProvisionTarget accountTarget(const Scope& scope, const ServiceDefinition& definition) {
  const AccountDefinition& account = *definition.account;
  Json apis = Json::array();
  for (const ApiDefinition& api : definition.apis)
    apis.push_back({{"type", api.type}, {"url", scope.references.at("api." + api.type + ".url")}});
  return {&definition,
          account.secret,
          {{"target.user", account.name},
           {"target.project", account.project},
           {"target.roles", Json(account.roles).dump()},
           {"target.service", definition.name},
           {"target.title", definition.title},
           {"target.apis", apis.dump()}}};
}

std::string shortHash(const Json& value) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (int i = 0; i < 5; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

}  // namespace windlass::ops
