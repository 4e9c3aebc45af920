// Names that one part of the data uses and another part must define.
#include <algorithm>
#include <set>

#include "operator/catalog/decode_parts.h"

namespace windlass::ops {
namespace {

const std::vector<std::string> kRoles = {"database", "messaging", "cache", "gateway"};

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

template <class T>
std::vector<std::string> namesOf(const std::vector<T>& parts) {
  std::vector<std::string> names;
  for (const T& part : parts) names.push_back(part.name);
  return names;
}

template <class Map>
std::vector<std::string> keysOf(const Map& map) {
  std::vector<std::string> names;
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

// Checks one definition; `path` arguments are FieldPath::shown texts.
class DefinitionCheck {
 public:
  DefinitionCheck(const ServiceDefinition& definition, DecodeContext& context)
      : definition_(definition), context_(context), secrets_(namesOf(definition.secrets)) {
    for (const DatabaseDefinition& database : definition.databases) secrets_.push_back(database.secret);
    if (definition.account) secrets_.push_back(definition.account->secret);
    for (const char* role : {"database", "messaging", "cache"}) secrets_.emplace_back(role);
  }

  void run() {
    for (const Component& component : definition_.components) checkComponent(component);
    for (std::size_t i = 0; i < definition_.jobs.size(); ++i)
      checkJob(definition_.jobs[i], "jobs[" + std::to_string(i) + "]");
    for (std::size_t i = 0; i < definition_.apis.size(); ++i)
      checkApi(definition_.apis[i], "apis[" + std::to_string(i) + "]");
    if (definition_.connection) checkConnection(*definition_.connection);
    if (definition_.probe) checkJob(*definition_.probe, "probe");
    if (definition_.backup) {
      secrets_ = {"admin"};
      checkJob(*definition_.backup, "backup");
    }
    if (definition_.restore) {
      secrets_ = {"admin"};
      checkJob(*definition_.restore, "restore");
    }
    if (definition_.provision) {
      if (!definition_.role.empty()) secrets_ = {"admin"};
      secrets_.emplace_back("account");
      checkJob(*definition_.provision, "provision");
    }
  }

 private:
  void use(const std::string& secret, const std::string& path) {
    if (secret.empty() || secret.find('/') != std::string::npos || contains(secrets_, secret)) return;
    context_.add(path, "no secret is named " + inQuotes(secret) + suggestion(secret, secrets_));
  }

  void checkUses(const std::vector<EnvironmentVariable>& env, const std::vector<SecretFolder>& folders,
                 const std::string& path) {
    for (std::size_t i = 0; i < env.size(); ++i) use(env[i].secret, path + ".env[" + std::to_string(i) + "].secret");
    for (std::size_t i = 0; i < folders.size(); ++i) {
      use(folders[i].secret, path + ".secretFolders[" + std::to_string(i) + "].secret");
    }
  }

  void checkComponent(const Component& component) {
    const std::string path = "components." + component.name;
    checkUses(component.env, component.secretFolders, path);
    checkProbe(component, component.startup, path + ".startup");
    checkProbe(component, component.readiness, path + ".readiness");
    checkProbe(component, component.liveness, path + ".liveness");
    checkVolumes(component, path);
    if (component.service != "none" && component.ports.empty()) context_.add(path + ".service", "needs ports");
  }

  void checkVolumes(const Component& component, const std::string& path) {
    const std::vector<std::string> volumes = namesOf(definition_.volumes);
    for (std::size_t i = 0; i < component.volumes.size(); ++i) {
      const std::string& volume = component.volumes[i].volume;
      if (contains(volumes, volume)) continue;
      context_.add(path + ".volumes[" + std::to_string(i) + "].volume",
                   "no volume is named " + inQuotes(volume) + suggestion(volume, volumes));
    }
  }

  void checkProbe(const Component& component, const std::optional<Probe>& probe, const std::string& path) {
    if (probe && probe->type != "exec") checkPort(component, probe->port, path + ".port");
  }

  void checkPort(const Component& component, const std::string& port, const std::string& path) {
    const std::vector<std::string> ports = namesOf(component.ports);
    if (!contains(ports, port)) context_.add(path, "no port is named " + inQuotes(port) + suggestion(port, ports));
  }

  void checkJob(const JobDefinition& job, const std::string& path) {
    checkUses(job.env, job.secretFolders, path);
    if (!job.name.empty() && !jobNames_.insert(job.name).second) context_.add(path + ".name", "stands here twice");
  }

  const Component* component(const std::string& name, const std::string& path) {
    for (const Component& component : definition_.components) {
      if (component.name == name) return &component;
    }
    context_.add(path, "no component is named " + inQuotes(name) + suggestion(name, namesOf(definition_.components)));
    return nullptr;
  }

  void checkApi(const ApiDefinition& api, const std::string& path) {
    if (const Component* found = component(api.component, path + ".component"))
      checkPort(*found, api.port, path + ".port");
  }

  void checkConnection(const ConnectionDefinition& connection) {
    if (const Component* found = component(connection.component, "connection.component")) {
      checkPort(*found, connection.port, "connection.port");
      if (found->service == "none") context_.add("connection.component", "has no Service to connect to");
    }
    if (!connection.adminSecret.empty() && !contains(namesOf(definition_.secrets), connection.adminSecret)) {
      context_.add("connection.adminSecret", "no secret is named " + inQuotes(connection.adminSecret));
    }
  }

  const ServiceDefinition& definition_;
  DecodeContext& context_;
  std::vector<std::string> secrets_;
  std::set<std::string> jobNames_;
};

}  // namespace

void checkDefinition(const ServiceDefinition& definition, DecodeContext& context) {
  DefinitionCheck(definition, context).run();
}

void checkNeeds(const Catalog& catalog, const ServiceDefinition& definition, DecodeContext& context) {
  for (std::size_t i = 0; i < definition.needs.size(); ++i) {
    const std::string& need = definition.needs[i];
    if (contains(kRoles, need) || catalog.definition(need) != nullptr) continue;
    std::vector<std::string> known = keysOf(catalog.definitions);
    known.insert(known.end(), kRoles.begin(), kRoles.end());
    context.add("needs[" + std::to_string(i) + "]",
                inQuotes(need) + " is no role and no definition" + suggestion(need, known));
  }
  if (definition.account && accountProviderOf(catalog, definition) == nullptr)
    context.add("account", "none of the services in needs makes accounts: one with a provision job is needed");
}

void checkRelease(const Catalog& catalog, const Release& release, DecodeContext& context) {
  const std::vector<std::string> images = keysOf(release.images);
  const std::vector<std::string> definitions = keysOf(catalog.definitions);
  const auto image = [&](const std::string& name, const std::string& path, const std::string& who) {
    if (!name.empty() && !contains(images, name)) {
      context.add(path,
                  "the release has no image " + inQuotes(name) + ", which " + who + " uses" + suggestion(name, images));
    }
  };
  const auto imagesOf = [&](const ServiceDefinition& definition, const std::string& path) {
    image(definition.image, path, definition.name);
    for (const Component& component : definition.components) image(component.image, path, definition.name);
    for (const JobDefinition& job : definition.jobs) image(job.image, path, definition.name);
  };
  for (const auto& [role, name] : release.infrastructure) {
    const std::string path = "infrastructure." + role;
    const ServiceDefinition* found = catalog.definition(name);
    if (!contains(kRoles, role)) context.add(path, "is no role" + suggestion(role, kRoles));
    if (found == nullptr) {
      context.add(path, "no definition is named " + inQuotes(name) + suggestion(name, definitions));
    } else if (found->role != role) {
      context.add(path, inQuotes(name) + " has the role " + inQuotes(found->role));
    } else {
      imagesOf(*found, path);
    }
  }
  for (const auto& [name, service] : release.services) {
    const std::string path = FieldPath{"services", ""}.key(name).shown;
    const ServiceDefinition* found = catalog.definition(name);
    if (found == nullptr || !found->role.empty()) {
      context.add(path, "no service definition is named " + inQuotes(name) + suggestion(name, definitions));
      continue;
    }
    image(service.image, path + ".image", name);
    imagesOf(*found, path);
  }
}

}  // namespace windlass::ops
