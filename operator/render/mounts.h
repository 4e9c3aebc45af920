#pragma once
// Volumes and environment of a pod. Private to this room.
#include <set>

#include "operator/render/pod.h"

namespace windlass::ops {

struct Mounts {
  Json volumes = Json::array();
  Json mounts = Json::array();
  std::set<std::string> restartOn;  // Secrets whose change needs a new process
};

Result<Json> environment(const Scope& scope, const PodInput& input, const std::vector<EnvironmentVariable>& variables,
                         const References& references, Mounts& mounts);
void mountConfig(const ServiceDefinition& definition, const std::string& configMap, Mounts& mounts);
Status mountSecrets(const Scope& scope, const PodInput& input, const std::vector<SecretFolder>& folders,
                    Mounts& mounts);
void mountVolumes(const Scope& scope, const ServiceDefinition& definition, const std::vector<VolumeMount>& volumes,
                  Mounts& mounts);
// The folder is mounted whole, so that a changed split reaches a container that starts again in the same pod.
void mountTraffic(const std::string& configMap, const std::string& folder, Mounts& mounts);
void mountWritable(const std::vector<WritableFolder>& folders, Mounts& mounts);

}  // namespace windlass::ops
