#include "operator/render/mounts.h"

#include "operator/render/volumes.h"

namespace windlass::ops {

Result<Json> environment(const Scope& scope, const PodInput& input, const std::vector<EnvironmentVariable>& variables,
                         const References& references, Mounts& mounts) {
  Json out = Json::array();
  for (const EnvironmentVariable& variable : variables) {
    if (variable.secret.empty()) {
      WINDLASS_TRY_ASSIGN(
          const std::string value,
          expand(variable.value, references, "charts: " + input.definition->name + " env " + variable.name));
      out.push_back({{"name", variable.name}, {"value", value}});
      continue;
    }
    WINDLASS_TRY_ASSIGN(const SecretUse use,
                        resolveSecret(scope, *input.definition, variable.secret, variable.key, input.target));
    mounts.restartOn.insert(use.name);
    out.push_back({{"name", variable.name}, {"valueFrom", {{"secretKeyRef", {{"name", use.name}, {"key", use.key}}}}}});
  }
  return out;
}

// Single files by subPath, so that folders of the image around them stay. What a subPath hides, later changes of the
// ConfigMap, cannot happen: it is immutable and its name holds its hash.
void mountConfig(const ServiceDefinition& definition, const std::string& configMap, Mounts& mounts) {
  if (configMap.empty() || definition.files.empty()) return;
  mounts.volumes.push_back({{"name", "config"}, {"configMap", {{"name", configMap}, {"defaultMode", 0444}}}});
  for (const ConfigFile& file : definition.files) {
    mounts.mounts.push_back({{"name", "config"}, {"mountPath", file.path}, {"subPath", file.name}, {"readOnly", true}});
  }
}

Status mountSecrets(const Scope& scope, const PodInput& input, const std::vector<SecretFolder>& folders,
                    Mounts& mounts) {
  for (const SecretFolder& folder : folders) {
    WINDLASS_TRY_ASSIGN(const SecretUse use, resolveSecret(scope, *input.definition, folder.secret, "", input.target));
    const std::string volume = "secret-" + std::to_string(mounts.volumes.size());
    Json source = {{"secretName", use.name}, {"defaultMode", 0440}};
    for (const std::string& key : folder.keys) source["items"].push_back({{"key", key}, {"path", key}});
    mounts.volumes.push_back({{"name", volume}, {"secret", std::move(source)}});
    mounts.mounts.push_back({{"name", volume}, {"mountPath", folder.path}, {"readOnly", true}});
    if (!folder.reload) mounts.restartOn.insert(use.name);
  }
  return {};
}

void mountTraffic(const std::string& configMap, const std::string& folder, Mounts& mounts) {
  mounts.volumes.push_back({{"name", "traffic"}, {"configMap", {{"name", configMap}, {"defaultMode", 0444}}}});
  mounts.mounts.push_back({{"name", "traffic"}, {"mountPath", folder}, {"readOnly", true}});
}

void mountWritable(const std::vector<WritableFolder>& folders, Mounts& mounts) {
  for (const WritableFolder& folder : folders) {
    const std::string volume = "scratch-" + std::to_string(mounts.volumes.size());
    Json source = {{"sizeLimit", folder.sizeLimit}};
    if (folder.memory) source["medium"] = "Memory";
    mounts.volumes.push_back({{"name", volume}, {"emptyDir", std::move(source)}});
    mounts.mounts.push_back({{"name", volume}, {"mountPath", folder.path}});
  }
}

void mountVolumes(const Scope& scope, const ServiceDefinition& definition, const std::vector<VolumeMount>& volumes,
                  Mounts& mounts) {
  for (const VolumeMount& mount : volumes) {
    const std::string name = "volume-" + mount.volume;
    mounts.volumes.push_back(
        {{"name", name}, {"persistentVolumeClaim", {{"claimName", claimName(scope, definition, mount.volume)}}}});
    mounts.mounts.push_back({{"name", name}, {"mountPath", mount.path}});
  }
}

}  // namespace windlass::ops
