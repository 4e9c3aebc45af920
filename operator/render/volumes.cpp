#include "operator/render/volumes.h"

#include <algorithm>

#include "kube/object/kinds.h"
#include "operator/model/decode.h"
#include "operator/render/workload.h"

namespace windlass::ops {
namespace {

const std::map<std::string, VolumeSpec>& saidOf(const Scope& scope, const ServiceDefinition& definition) {
  static const std::map<std::string, VolumeSpec> kNothingSaid;
  const auto found = scope.cloud->spec.services.find(definition.name);
  return found == scope.cloud->spec.services.end() ? kNothingSaid : found->second.volumes;
}

VolumeSpec saidOf(const Scope& scope, const ServiceDefinition& definition, const std::string& volume) {
  const auto& said = saidOf(scope, definition);
  const auto found = said.find(volume);
  return found == said.end() ? VolumeSpec{} : found->second;
}

bool mounts(const Component& component, const std::string& volume) {
  return std::any_of(component.volumes.begin(), component.volumes.end(),
                     [&](const VolumeMount& mount) { return mount.volume == volume; });
}

bool isForOneNode(const Scope& scope, const ServiceDefinition& definition, const std::string& volume) {
  return saidOf(scope, definition, volume).accessMode == "ReadWriteOnce";
}

}  // namespace

std::string claimName(const Scope& scope, const ServiceDefinition& definition, const std::string& volume) {
  return baseName(scope, definition) + "-" + volume;
}

Json claimSpec(const StorageSpec& said, const std::string& size, const std::string& accessMode) {
  Json spec = {{"accessModes", {accessMode}},
               {"volumeMode", "Filesystem"},
               {"resources", {{"requests", {{"storage", said.size.empty() ? size : said.size}}}}}};
  if (!said.className.empty()) spec["storageClassName"] = said.className;
  return spec;
}

std::vector<Json> claimsOf(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  std::vector<Json> out;
  for (const VolumeDefinition& volume : definition.volumes) {
    if (!mounts(component, volume.name)) continue;
    const VolumeSpec said = saidOf(scope, definition, volume.name);
    Json object =
        newObjectOf(scope, definition, kube::kinds::PersistentVolumeClaim, claimName(scope, definition, volume.name));
    object["spec"] = claimSpec(said, volume.size, said.accessMode);
    out.push_back(std::move(object));
  }
  return out;
}

bool isBoundToOneNode(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  return std::any_of(component.volumes.begin(), component.volumes.end(),
                     [&](const VolumeMount& mount) { return isForOneNode(scope, definition, mount.volume); });
}

std::vector<std::string> sharersOf(const Scope& scope, const ServiceDefinition& definition,
                                   const Component& component) {
  std::vector<std::string> out;
  for (const Component& other : definition.components) {
    const bool shares = std::any_of(component.volumes.begin(), component.volumes.end(), [&](const VolumeMount& mount) {
      return mounts(other, mount.volume) && isForOneNode(scope, definition, mount.volume);
    });
    if (shares) out.push_back(other.name);
  }
  return out;
}

Status checkVolumes(const Scope& scope, const ServiceDefinition& definition) {
  std::vector<std::string> known;
  for (const VolumeDefinition& volume : definition.volumes) known.push_back(volume.name);
  for (const auto& [name, said] : saidOf(scope, definition)) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return kube::fail(kube::ErrorKind::Invalid, scope.specPathOf(definition) + ".volumes." + name + ": " +
                                                    definition.name + " has no volume " + inQuotes(name) +
                                                    suggestion(name, known));
  }
  return {};
}

}  // namespace windlass::ops
