#pragma once
// Volumes of services: one claim each, shared by all pods that mount it, of any revision. Private to this room.
#include "operator/render/scope.h"

namespace windlass::ops {

std::string claimName(const Scope& scope, const ServiceDefinition& definition, const std::string& volume);
// .spec of a claim. `said` is what the cloud says of it, `size` what the definition says.
Json claimSpec(const StorageSpec& said, const std::string& size, const std::string& accessMode = "ReadWriteOnce");
// The claims of the volumes that the component mounts. They have no owner: they outlive the cloud unless its
// deletionPolicy is Delete.
std::vector<Json> claimsOf(const Scope& scope, const ServiceDefinition& definition, const Component& component);

// True when the component mounts a volume that only one node at a time can have.
bool isBoundToOneNode(const Scope& scope, const ServiceDefinition& definition, const Component& component);
// The components that mount such a volume of this one, itself among them.
std::vector<std::string> sharersOf(const Scope& scope, const ServiceDefinition& definition, const Component& component);

// Invalid when the cloud speaks of a volume that the service does not have.
Status checkVolumes(const Scope& scope, const ServiceDefinition& definition);

}  // namespace windlass::ops
