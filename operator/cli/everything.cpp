#include "operator/cli/everything.h"

#include <fmt/format.h>

namespace windlass::ops {

OpenStackCloud cloudOfEverything(const Catalog& catalog, const std::string& from, const std::string& to) {
  OpenStackCloud cloud;
  cloud.key.name = "everything";
  cloud.spec.release = from;
  const Release* first = catalog.release(from);
  const Release* second = catalog.release(to);
  for (const auto& [name, sequence] : catalog.sequences) {
    const bool inBoth =
        first != nullptr && second != nullptr && !first->versionOf(name).empty() && !second->versionOf(name).empty();
    if (inBoth) cloud.spec.services[name] = {};
  }
  return cloud;
}

SettingsChange changeOfEverything(const Catalog& catalog, const OpenStackCloud& cloud) {
  SettingsChange change{"before", "after", 1, {}, {}};
  for (const auto& [service, spec] : cloud.spec.services) {
    change.lines.push_back("services." + service + ".config.DEFAULT.debug: nothing -> true");
    for (const SequenceComponent& component : catalog.sequences.at(service).components)
      change.components.push_back(service + "/" + component.name);
  }
  return change;
}

std::vector<std::string> madeUpHosts(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(fmt::format("host-{:05}", i));
  return names;
}

}  // namespace windlass::ops
