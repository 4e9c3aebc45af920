#include "operator/render/config.h"

#include <algorithm>

#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

tl::unexpected<kube::Error> invalidOption(std::string message) {
  return kube::fail(kube::ErrorKind::Invalid, std::move(message));
}

using Sections = std::vector<ConfigSection>;

ConfigSection& sectionNamed(Sections& sections, const std::string& name) {
  for (ConfigSection& section : sections) {
    if (section.name == name) return section;
  }
  return sections.emplace_back(ConfigSection{name, "", {}});
}

void setEntry(ConfigSection& section, const std::string& key, const std::vector<std::string>& values) {
  for (ConfigEntry& entry : section.entries) {
    if (entry.key == key) {
      entry.values = values;
      return;
    }
  }
  section.entries.push_back({key, values});
}

Result<ConfigSection> expandSection(const ConfigSection& section, const References& references,
                                    const std::string& where) {
  ConfigSection out;
  WINDLASS_TRY_ASSIGN(out.name, expand(section.name, references, where));
  for (const ConfigEntry& entry : section.entries) {
    ConfigEntry expanded;
    WINDLASS_TRY_ASSIGN(expanded.key, expand(entry.key, references, where));
    for (const std::string& value : entry.values) {
      WINDLASS_TRY_ASSIGN(std::string text, expand(value, references, where));
      expanded.values.push_back(std::move(text));
    }
    out.entries.push_back(std::move(expanded));
  }
  return out;
}

References eachApi(const Scope& scope, const Api& api) {
  References references = scope.references;
  const auto& components = api.service->components;
  const auto component = std::find_if(components.begin(), components.end(),
                                      [&](const Component& c) { return c.name == api.definition->component; });
  const std::string name = componentName(scope, *api.service, *component);
  references["each.type"] = api.definition->type;
  references["each.port"] = std::to_string(api.definition->gatewayPort);
  references["each.stable"] = clusterHost(scope, name);
  references["each.canary"] = clusterHost(scope, canaryName(scope, *api.service, *component));
  references["each.backendPort"] = std::to_string(api.backendPort);
  references["each.health"] = api.definition->healthPath;
  return references;
}

Result<Sections> defaultSections(const Scope& scope, const ConfigFile& file, const std::string& where) {
  Sections out;
  for (const ConfigSection& section : file.sections) {
    if (section.forEach.empty()) {
      WINDLASS_TRY_ASSIGN(ConfigSection expanded, expandSection(section, scope.references, where));
      out.push_back(std::move(expanded));
      continue;
    }
    for (const Api& api : scope.apis) {
      WINDLASS_TRY_ASSIGN(ConfigSection expanded, expandSection(section, eachApi(scope, api), where));
      out.push_back(std::move(expanded));
    }
  }
  return out;
}

// "file/section" or, when there is one file only, "section".
struct LayerKey {
  std::string file, section;
};

LayerKey splitKey(const ServiceDefinition& definition, const std::string& key) {
  for (const ConfigFile& file : definition.files) {
    if (key.rfind(file.name + "/", 0) == 0) return {file.name, key.substr(file.name.size() + 1)};
  }
  return {definition.files.size() == 1 ? definition.files.front().name : "", key};
}

void applyLayer(const ServiceDefinition& definition, const ConfigLayer& layer, const std::string& file,
                Sections& sections) {
  for (const auto& [name, entries] : layer) {
    const LayerKey key = splitKey(definition, name);
    if (key.file != file) continue;
    ConfigSection& section = sectionNamed(sections, key.section);
    for (const auto& [option, values] : entries) setEntry(section, option, values);
  }
}

// Options that reach the process as environment from a Secret; the environment would win silently.
std::map<std::string, std::string> managedOptions(const ServiceDefinition& definition) {
  std::map<std::string, std::string> out;
  const auto add = [&](const std::vector<EnvironmentVariable>& env) {
    for (const EnvironmentVariable& variable : env) {
      if (!variable.option.empty()) out[variable.option] = variable.name;
    }
  };
  for (const Component& component : definition.components) add(component.env);
  for (const JobDefinition& job : definition.jobs) add(job.env);
  return out;
}

Status checkSection(const ServiceDefinition& definition, const Sections& sections, const LayerKey& key,
                    const std::string& where) {
  for (const ConfigFile& file : definition.files) {
    if (file.name != key.file) continue;
    std::vector<std::string> known = file.knownSections;
    for (const ConfigSection& section : sections) known.push_back(section.name);
    if (std::find(known.begin(), known.end(), key.section) != known.end()) return {};
    return invalidOption(where + ": " + definition.name + " has no config section " + inQuotes(key.section) + " in " +
                         file.name + suggestion(key.section, known));
  }
  std::vector<std::string> files;
  for (const ConfigFile& file : definition.files) files.push_back(file.name + "/...");
  return invalidOption(where + ": name the config file first" + suggestion("", files));
}

Status checkCloudLayer(const Scope& scope, const ServiceDefinition& definition,
                       const std::map<std::string, Sections>& files) {
  const std::map<std::string, std::string> managed = managedOptions(definition);
  for (const auto& [name, entries] : scope.workloadOf(definition).config) {
    const LayerKey key = splitKey(definition, name);
    const std::string where = scope.specPathOf(definition) + ".config." + name;
    const auto sections = files.find(key.file);
    WINDLASS_TRY(checkSection(definition, sections == files.end() ? Sections{} : sections->second, key, where));
    for (const auto& [option, values] : entries) {
      if (managed.contains(key.section + "/" + option)) {
        return invalidOption(where + "." + option + ": is set by Windlass from a Secret, remove it here");
      }
    }
  }
  return {};
}

void writeEntry(std::string& out, const std::string& format, const std::string& key, const std::string& value) {
  if (format == "directives") {
    out += "    " + key + (value.empty() ? "" : " " + value) + "\n";
  } else {
    out += key + " =" + (value.empty() ? "" : " " + value) + "\n";
  }
}

std::string writeFile(const ConfigFile& file, const Sections& sections) {
  std::string out = "# Written by Windlass. Change it with spec.*.config of the OpenStackCloud.\n";
  for (const ConfigSection& section : sections) {
    if (section.entries.empty()) continue;
    out += "\n";
    if (file.format == "ini") out += "[" + section.name + "]\n";
    if (file.format == "directives") out += section.name + "\n";
    for (const ConfigEntry& entry : section.entries) {
      for (const std::string& value : entry.values) writeEntry(out, file.format, entry.key, value);
    }
  }
  return out;
}

}  // namespace

Result<std::map<std::string, std::string>> renderConfig(const Scope& scope, const ServiceDefinition& definition,
                                                        bool withCloud) {
  std::map<std::string, Sections> files;
  const auto release = scope.release->services.find(definition.name);
  for (const ConfigFile& file : definition.files) {
    const std::string where = "charts: " + definition.name + " files." + file.name;
    WINDLASS_TRY_ASSIGN(Sections sections, defaultSections(scope, file, where));
    if (release != scope.release->services.end()) applyLayer(definition, release->second.config, file.name, sections);
    files[file.name] = std::move(sections);
  }
  if (withCloud) {
    WINDLASS_TRY(checkCloudLayer(scope, definition, files));
    for (auto& [name, sections] : files) applyLayer(definition, scope.workloadOf(definition).config, name, sections);
  }
  std::map<std::string, std::string> out;
  for (const ConfigFile& file : definition.files) out[file.name] = writeFile(file, files.at(file.name));
  return out;
}

}  // namespace windlass::ops
