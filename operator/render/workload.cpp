#include "operator/render/workload.h"

#include <algorithm>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/render/volumes.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;

Json selectorOf(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                const std::string& revision) {
  Json labels = {
      {label::kCloud, scope.cloud->key.name}, {label::kService, definition.name}, {label::kComponent, component.name}};
  if (!revision.empty()) labels[label::kRevision] = revision;
  return labels;
}

bool isStopped(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  const auto found = scope.context->components.find(definition.name + "/" + component.name);
  return found != scope.context->components.end() && found->second.stopped;
}

Result<int> replicasOf(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  if (isStopped(scope, definition, component)) return 0;
  const std::optional<int> said = scope.workloadOf(definition).replicas;
  const bool fixed = definition.role.empty() && component.minReplicas == component.maxReplicas;
  if (!said || fixed) return component.replicas;
  if (*said < component.minReplicas || *said > component.maxReplicas) {
    return kube::fail(kube::ErrorKind::Invalid,
                      scope.specPathOf(definition) + ".replicas: must be a whole number from " +
                          std::to_string(component.minReplicas) + " to " + std::to_string(component.maxReplicas));
  }
  return *said;
}

// The gateway's slowest way to a new pod of a name it asks for already: it keeps "no such name" for 5 s (resolvers,
// hold nx), asks at most a second later, DNS answers live 5 s more in the worst case, and its first health check
// follows within 2 s.
constexpr int kGatewayFindsPodSeconds = 12;

// Places for servers in a canary backend of the gateway's configuration.
constexpr int kMostCanaryPods = 4;

// Of the workload, not of its pods: what tells nothing of a pod must not make a new one.
void labelRevision(const Scope& scope, const ServiceDefinition& definition, const std::string& revision, Json& object) {
  Json& labels = object["metadata"]["labels"];
  labels[label::kRevision] = revision;
  labels[label::kRelease] = scope.release->id;
  if (definition.role.empty() && !scope.settings.empty()) labels[label::kSettings] = scope.settings;
}

Json deployment(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                const std::string& name, const std::string& revision, int replicas, Json pod) {
  Json object = newObjectOf(scope, definition, kinds::Deployment, name, component.name);
  labelRevision(scope, definition, revision, object);
  object["spec"] = {
      {"replicas", replicas},
      {"revisionHistoryLimit", 2},
      {"progressDeadlineSeconds", 600},
      {"selector", {{"matchLabels", selectorOf(scope, definition, component, component.revisions ? revision : "")}}},
      {"strategy",
       {{"type", "RollingUpdate"},
        {"rollingUpdate", {{"maxSurge", component.surge}, {"maxUnavailable", component.surge > 0 ? 0 : 1}}}}},
      {"template", std::move(pod)}};
  // A pod of an API is of use once the gateway has found it; until then it does not count as available.
  if (component.revisions) object["spec"]["minReadySeconds"] = kGatewayFindsPodSeconds;
  return object;
}

Json claimTemplate(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  StorageSpec said;
  const auto found = scope.cloud->spec.infrastructure.find(definition.role);
  if (found != scope.cloud->spec.infrastructure.end() && found->second.embedded) said = found->second.embedded->storage;
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"metadata", {{"name", "data"}, {"labels", labelsOf(scope, definition, component.name)}}},
          {"spec", claimSpec(said, component.storage->size)}};
}

Json statefulSet(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                 const std::string& name, const std::string& revision, int replicas, Json pod) {
  Json object = newObjectOf(scope, definition, kinds::StatefulSet, name, component.name);
  labelRevision(scope, definition, revision, object);
  object["spec"] = {{"replicas", replicas},
                    {"revisionHistoryLimit", 2},
                    {"serviceName", name},
                    // Parallel: a pod that cannot start does not keep its successor of a better revision from starting.
                    {"podManagementPolicy", "Parallel"},
                    {"updateStrategy", {{"type", "RollingUpdate"}}},
                    {"selector", {{"matchLabels", selectorOf(scope, definition, component, "")}}},
                    {"template", std::move(pod)}};
  if (component.storage) {
    object["spec"]["volumeClaimTemplates"] = Json::array({claimTemplate(scope, definition, component)});
    // Claims have no owner: they outlive the cloud unless its deletionPolicy is Delete.
    object["spec"]["persistentVolumeClaimRetentionPolicy"] = {
        {"whenDeleted", scope.cloud->spec.deleteData ? "Delete" : "Retain"}, {"whenScaled", "Retain"}};
  }
  return object;
}

Json budget(const Scope& scope, const ServiceDefinition& definition, const Component& component) {
  Json object = newObjectOf(scope, definition, kinds::PodDisruptionBudget, componentName(scope, definition, component),
                            component.name);
  // maxUnavailable, so that a node with the only pod of a component can still be drained. Pods that must be on one node
  // can only leave it together: a budget that spares one of them would block the drain for ever.
  object["spec"] = {{"maxUnavailable", 1},
                    {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
                    {"selector", {{"matchLabels", selectorOf(scope, definition, component, "")}}}};
  if (isBoundToOneNode(scope, definition, component)) object["spec"]["maxUnavailable"] = "100%";
  return object;
}

Json componentService(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                      const std::string& revision) {
  Json object =
      newObjectOf(scope, definition, kinds::Service, componentName(scope, definition, component), component.name);
  object["spec"] = {{"type", "ClusterIP"}, {"selector", selectorOf(scope, definition, component, revision)}};
  if (component.service == "headless") object["spec"]["clusterIP"] = "None";
  if (component.publishNotReady) object["spec"]["publishNotReadyAddresses"] = true;
  for (const Port& port : component.ports) {
    object["spec"]["ports"].push_back(
        {{"name", port.name}, {"port", port.number}, {"targetPort", port.name}, {"protocol", "TCP"}});
  }
  return object;
}

}  // namespace

Json newObjectOf(const Scope& scope, const ServiceDefinition& definition, const kube::ResourceKind& kind,
                 const std::string& name, const std::string& component) {
  Json object = kube::newObject(kind, {scope.cloud->key.ns, name});
  object["metadata"]["labels"] = labelsOf(scope, definition, component);
  return object;
}

Json configMapOf(const Scope& scope, const ServiceDefinition& definition,
                 const std::map<std::string, std::string>& files) {
  if (files.empty()) return nullptr;
  Json object =
      newObjectOf(scope, definition, kinds::ConfigMap, baseName(scope, definition) + "-config-" + shortHash(files));
  object["immutable"] = true;
  object["data"] = files;
  return object;
}

Result<RenderedComponent> renderComponent(const Scope& scope, const ServiceDefinition& definition,
                                          const Component& component, const std::string& configMap) {
  const PodInput input{.definition = &definition, .configMap = configMap, .component = component.name, .target = {}};
  WINDLASS_TRY_ASSIGN(Json pod, componentTemplate(scope, input, component));
  WINDLASS_TRY_ASSIGN(const int replicas, replicasOf(scope, definition, component));
  RenderedComponent out;
  out.revision = shortHash(pod);
  pod["metadata"]["labels"][label::kRevision] = out.revision;
  const std::string stable = componentName(scope, definition, component);
  if (component.workload == "StatefulSet") {
    out.workload = statefulSet(scope, definition, component, stable, out.revision, replicas, std::move(pod));
  } else {
    const std::string name = component.revisions ? stable + "-" + out.revision : stable;
    out.workload = deployment(scope, definition, component, name, out.revision, replicas, std::move(pod));
  }
  out.beside.push_back(budget(scope, definition, component));
  if (component.service != "none" && !component.revisions)
    out.beside.push_back(componentService(scope, definition, component, ""));
  return out;
}

Json trafficService(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                    const std::string& revision) {
  return componentService(scope, definition, component, revision);
}

Json canaryService(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                   const std::string& revision) {
  Json object = componentService(scope, definition, component, revision);
  object["metadata"]["name"] = canaryName(scope, definition, component);
  return object;
}

Json canaryOf(Json workload) {
  const auto replicas = kube::intAt(workload, "/spec/replicas", 1);
  workload["spec"]["replicas"] = std::min<std::int64_t>(replicas, kMostCanaryPods);
  return workload;
}

Json gatewayTraffic(const Scope& scope, const ServiceDefinition& gateway) {
  std::vector<std::string> apis;
  for (const Api& api : scope.apis) apis.push_back(api.definition->type);
  Json object = newObjectOf(scope, gateway, kinds::ConfigMap, trafficConfigMapName(scope, gateway));
  for (const auto& [file, entries] : trafficMaps(apis, scope.context->traffic)) object["data"][file] = mapText(entries);
  return object;
}

Json gatewayService(const Scope& scope, const ServiceDefinition& gateway, const Component& component) {
  const GatewaySpec& said = scope.cloud->spec.gateway;
  Json object = newObjectOf(scope, gateway, kinds::Service, componentName(scope, gateway, component), component.name);
  object["spec"] = {{"type", said.serviceType}, {"selector", selectorOf(scope, gateway, component, "")}};
  for (const Api& api : scope.apis) {
    Json port = {{"name", api.definition->type},
                 {"port", api.definition->gatewayPort},
                 {"targetPort", api.definition->type},
                 {"protocol", "TCP"}};
    if (const auto found = said.nodePorts.find(api.definition->type); found != said.nodePorts.end())
      port["nodePort"] = found->second;
    object["spec"]["ports"].push_back(std::move(port));
  }
  return object;
}

Result<Json> renderJob(const Scope& scope, const PodInput& input, const JobDefinition& job, const std::string& name) {
  WINDLASS_TRY_ASSIGN(Json pod, jobTemplate(scope, input, job));
  const Json spec = {{"backoffLimit", job.attempts - 1},
                     {"activeDeadlineSeconds", job.deadlineSeconds},
                     {"completions", 1},
                     {"parallelism", 1},
                     {"template", std::move(pod)}};
  const ServiceDefinition& owner = input.target.owner == nullptr ? *input.definition : *input.target.owner;
  Json object = newObjectOf(scope, owner, kinds::Job, name + "-" + shortHash(spec));
  object["spec"] = spec;
  return object;
}

}  // namespace windlass::ops
