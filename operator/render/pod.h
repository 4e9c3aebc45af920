#pragma once
// Pod templates. Every pod satisfies the Pod Security level "restricted"
// (kubernetes.io/docs/concepts/security/pod-security-standards). Private to this room.
#include "operator/render/scope.h"

namespace windlass::ops {

struct PodInput {
  const ServiceDefinition* definition = nullptr;
  std::string configMap;       // name, "" = none
  std::string component;       // value of the component label
  bool withSecretHash = true;  // a changed Secret changes the template
  ProvisionTarget target;
};

// {metadata, spec} for a component's Deployment or StatefulSet.
Result<Json> componentTemplate(const Scope& scope, const PodInput& input, const Component& component);
// {metadata, spec} for a Job.
Result<Json> jobTemplate(const Scope& scope, const PodInput& input, const JobDefinition& job);

std::string serviceAccountName(const Scope& scope, const ServiceDefinition& definition);

}  // namespace windlass::ops
