#pragma once
// Complete objects: ConfigMaps, workloads, Services, budgets, Jobs and requests for Secrets. Private to this room.
#include "operator/render/pod.h"

namespace windlass::ops {

Json newObjectOf(const Scope& scope, const ServiceDefinition& definition, const kube::ResourceKind& kind,
                 const std::string& name, const std::string& component = "");

// An immutable ConfigMap named by its content, null when the definition has no files.
Json configMapOf(const Scope& scope, const ServiceDefinition& definition,
                 const std::map<std::string, std::string>& files);

struct RenderedComponent {
  Json workload;
  std::vector<Json> beside;  // budget, its own Service if it has one that is not traffic
  std::string revision;
};
Result<RenderedComponent> renderComponent(const Scope& scope, const ServiceDefinition& definition,
                                          const Component& component, const std::string& configMap);
// The Service that points the gateway, and everybody, to one revision of a component.
Json trafficService(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                    const std::string& revision);
// The same for a revision that is tried, under a name that the gateway's canary backend knows (${each.canary}).
Json canaryService(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                   const std::string& revision);
// The workload with so many pods as it has, but no more than the gateway's canary backend can hold.
Json canaryOf(Json workload);
// The split that a gateway pod starts with. Its name stays and it is not immutable: it is no part of any revision.
Json gatewayTraffic(const Scope& scope, const ServiceDefinition& gateway);
Json gatewayService(const Scope& scope, const ServiceDefinition& gateway, const Component& component);

// A Job named by the hash of all it consists of: the same inputs are the same Job.
Result<Json> renderJob(const Scope& scope, const PodInput& input, const JobDefinition& job, const std::string& name);

std::vector<SecretRequest> secretsOf(const Scope& scope, const ServiceDefinition& definition, Status& status);
// `<cloud>-<role>-url`: how services reach a role that has no accounts of its own for each.
std::vector<SecretRequest> urlSecretOf(const Scope& scope, const ServiceDefinition& infrastructure, Status& status);

}  // namespace windlass::ops
