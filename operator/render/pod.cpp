#include "operator/render/pod.h"

#include "operator/render/mounts.h"
#include "operator/render/volumes.h"

namespace windlass::ops {
namespace {

Json restrictedContainer(bool readOnlyRoot) {
  return {{"allowPrivilegeEscalation", false},
          {"capabilities", {{"drop", {"ALL"}}}},
          {"readOnlyRootFilesystem", readOnlyRoot},
          {"runAsNonRoot", true}};
}

Json restrictedPod(const PodUser& user) {
  return {{"runAsNonRoot", true},
          {"runAsUser", user.uid},
          {"runAsGroup", user.gid},
          {"fsGroup", user.gid},
          {"fsGroupChangePolicy", "OnRootMismatch"},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

Json probeJson(const Probe& probe) {
  Json out = {{"periodSeconds", probe.periodSeconds},
              {"timeoutSeconds", probe.timeoutSeconds},
              {"failureThreshold", probe.failureThreshold},
              {"successThreshold", 1}};
  if (probe.initialDelaySeconds > 0) out["initialDelaySeconds"] = probe.initialDelaySeconds;
  if (probe.type == "http") out["httpGet"] = {{"path", probe.path}, {"port", probe.port}, {"scheme", "HTTP"}};
  if (probe.type == "tcp") out["tcpSocket"] = {{"port", probe.port}};
  if (probe.type == "exec") out["exec"] = {{"command", probe.command}};
  return out;
}

Json resourcesJson(Resources resources, const std::optional<Resources>& said) {
  if (said) {
    for (const auto& [name, amount] : said->requests) resources.requests[name] = amount;
    for (const auto& [name, amount] : said->limits) resources.limits[name] = amount;
  }
  return {{"requests", resources.requests}, {"limits", resources.limits}};
}

References referencesOf(const Scope& scope, const PodInput& input) {
  References references = scope.references;
  references.insert(input.target.references.begin(), input.target.references.end());
  return references;
}

Result<Json> expandAll(const std::vector<std::string>& texts, const References& references, const std::string& where) {
  Json out = Json::array();
  for (const std::string& text : texts) {
    WINDLASS_TRY_ASSIGN(std::string expanded, expand(text, references, where));
    out.push_back(std::move(expanded));
  }
  return out;
}

// What components and jobs have in common.
struct Process {
  std::string name, image;
  const std::vector<std::string>& command;
  const std::vector<std::string>& args;
  const std::vector<EnvironmentVariable>& env;
  const std::vector<SecretFolder>& secretFolders;
  const std::vector<WritableFolder>& writable;
  bool readOnlyRoot;
};

Result<Json> container(const Scope& scope, const PodInput& input, const Process& process, Mounts& mounts) {
  const References references = referencesOf(scope, input);
  const std::string where = "charts: " + input.definition->name + " " + process.name;
  WINDLASS_TRY_ASSIGN(const std::string image, imageOf(scope, *input.definition, process.image));
  Json out = {{"name", process.name},
              {"image", image},
              {"imagePullPolicy", "IfNotPresent"},
              {"securityContext", restrictedContainer(process.readOnlyRoot)},
              {"terminationMessagePolicy", "FallbackToLogsOnError"}};
  WINDLASS_TRY_ASSIGN(Json command, expandAll(process.command, references, where + " command"));
  WINDLASS_TRY_ASSIGN(Json args, expandAll(process.args, references, where + " args"));
  if (!command.empty()) out["command"] = std::move(command);
  if (!args.empty()) out["args"] = std::move(args);
  WINDLASS_TRY_ASSIGN(Json env, environment(scope, input, process.env, references, mounts));
  if (!env.empty()) out["env"] = std::move(env);
  mountConfig(*input.definition, input.configMap, mounts);
  WINDLASS_TRY(mountSecrets(scope, input, process.secretFolders, mounts));
  mountWritable(process.writable, mounts);
  return out;
}

void placePod(const Scope& scope, const PodInput& input, Json& spec) {
  const Placement& placement = scope.workloadOf(*input.definition).placement;
  if (!placement.nodeSelector.empty()) spec["nodeSelector"] = placement.nodeSelector;
  for (const Toleration& toleration : placement.tolerations) {
    Json item = {{"operator", toleration.op}};
    if (!toleration.key.empty()) item["key"] = toleration.key;
    if (!toleration.value.empty()) item["value"] = toleration.value;
    if (!toleration.effect.empty()) item["effect"] = toleration.effect;
    if (toleration.tolerationSeconds) item["tolerationSeconds"] = *toleration.tolerationSeconds;
    spec["tolerations"].push_back(std::move(item));
  }
  for (const std::string& name : scope.cloud->spec.imagePullSecrets)
    spec["imagePullSecrets"].push_back({{"name", name}});
}

// A ReadWriteOnce volume is on one node at a time: whatever uses it has to be there, old revisions beside new ones.
void gatherPod(const Scope& scope, const PodInput& input, const Component& component, Json& spec) {
  const Json selector = {
      {"matchLabels", {{label::kCloud, scope.cloud->key.name}, {label::kService, input.definition->name}}},
      {"matchExpressions", Json::array({{{"key", label::kComponent},
                                         {"operator", "In"},
                                         {"values", sharersOf(scope, *input.definition, component)}}})}};
  spec["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
      Json::array({{{"labelSelector", selector}, {"topologyKey", "kubernetes.io/hostname"}}});
}

// Pods of one component on different nodes when there are enough; never a reason not to run.
void spreadPod(const Scope& scope, const PodInput& input, Json& spec) {
  const Json selector = {{"matchLabels",
                          {{label::kCloud, scope.cloud->key.name},
                           {label::kService, input.definition->name},
                           {label::kComponent, input.component}}}};
  const Json term = {{"weight", 100},
                     {"podAffinityTerm", {{"labelSelector", selector}, {"topologyKey", "kubernetes.io/hostname"}}}};
  spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = Json::array({term});
  spec["topologySpreadConstraints"] = Json::array({{{"maxSkew", 1},
                                                    {"topologyKey", "kubernetes.io/hostname"},
                                                    {"whenUnsatisfiable", "ScheduleAnyway"},
                                                    {"labelSelector", selector}}});
}

Json podTemplate(const Scope& scope, const PodInput& input, Json containerJson, const Mounts& mounts) {
  if (!mounts.mounts.empty()) containerJson["volumeMounts"] = mounts.mounts;
  Json spec = {{"serviceAccountName", serviceAccountName(scope, *input.definition)},
               {"automountServiceAccountToken", false},
               {"enableServiceLinks", false},
               {"securityContext", restrictedPod(input.definition->user)},
               {"containers", Json::array({std::move(containerJson)})}};
  if (!mounts.volumes.empty()) spec["volumes"] = mounts.volumes;
  placePod(scope, input, spec);
  Json metadata = {{"labels", labelsOf(scope, *input.definition, input.component)}};
  Json hashes = Json::object();
  for (const std::string& name : mounts.restartOn) {
    const auto found = scope.context->referencedHashes.find(name);
    if (found != scope.context->referencedHashes.end()) hashes[name] = found->second;
  }
  if (input.withSecretHash && !hashes.empty()) metadata["annotations"] = {{"windlass.dev/secrets", shortHash(hashes)}};
  return {{"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

}  // namespace

std::string serviceAccountName(const Scope& scope, const ServiceDefinition& definition) {
  return baseName(scope, definition);
}

Result<Json> componentTemplate(const Scope& scope, const PodInput& input, const Component& component) {
  Mounts mounts;
  const Process process{component.name, component.image,         component.command,  component.args,
                        component.env,  component.secretFolders, component.writable, component.readOnlyRoot};
  WINDLASS_TRY_ASSIGN(Json main, container(scope, input, process, mounts));
  for (const Port& port : component.ports) {
    main["ports"].push_back({{"name", port.name}, {"containerPort", port.number}, {"protocol", "TCP"}});
  }
  if (input.definition->role == "gateway") {
    for (const Api& api : scope.apis) {
      main["ports"].push_back(
          {{"name", api.definition->type}, {"containerPort", api.definition->gatewayPort}, {"protocol", "TCP"}});
    }
  }
  mountVolumes(scope, *input.definition, component.volumes, mounts);
  if (!component.trafficFolder.empty())
    mountTraffic(trafficConfigMapName(scope, *input.definition), component.trafficFolder, mounts);
  if (component.storage) mounts.mounts.push_back({{"name", "data"}, {"mountPath", component.storage->path}});
  if (component.startup) main["startupProbe"] = probeJson(*component.startup);
  if (component.readiness) main["readinessProbe"] = probeJson(*component.readiness);
  if (component.liveness) main["livenessProbe"] = probeJson(*component.liveness);
  if (component.drainSeconds > 0) main["lifecycle"]["preStop"]["sleep"]["seconds"] = component.drainSeconds;
  main["resources"] = resourcesJson(component.resources, scope.workloadOf(*input.definition).resources);
  Json pod = podTemplate(scope, input, std::move(main), mounts);
  pod["spec"]["terminationGracePeriodSeconds"] = component.drainSeconds + component.finishSeconds;
  if (isBoundToOneNode(scope, *input.definition, component)) {
    gatherPod(scope, input, component, pod["spec"]);
  } else {
    spreadPod(scope, input, pod["spec"]);
  }
  return pod;
}

Result<Json> jobTemplate(const Scope& scope, const PodInput& input, const JobDefinition& job) {
  Mounts mounts;
  const Process process{job.name.empty() ? "provision" : job.name,
                        job.image,
                        job.command,
                        job.args,
                        job.env,
                        job.secretFolders,
                        job.writable,
                        job.readOnlyRoot};
  WINDLASS_TRY_ASSIGN(Json main, container(scope, input, process, mounts));
  main["resources"] = resourcesJson(job.resources, std::nullopt);
  Json pod = podTemplate(scope, input, std::move(main), mounts);
  pod["spec"]["restartPolicy"] = "Never";
  return pod;
}

}  // namespace windlass::ops
