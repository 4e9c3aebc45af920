#include "operator/render/step_job.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/object/kinds.h"
#include "operator/model/decode.h"
#include "operator/render/config.h"
#include "operator/render/volumes.h"
#include "operator/render/workload.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;

constexpr const char* kComponentName = "upgrade";

tl::unexpected<kube::Error> missing(const std::string& definition, const std::string& what) {
  return kube::fail(kube::ErrorKind::Invalid, "charts: " + definition + " has no " + what + ", which this step needs");
}

// What the code of a service needs to run, with other words.
JobDefinition commandOf(const ServiceDefinition& definition, const std::vector<std::string>& words) {
  const auto api = std::find_if(definition.components.begin(), definition.components.end(),
                                [](const Component& component) { return component.kind == "api"; });
  const Component& model = api == definition.components.end() ? definition.components.front() : *api;
  JobDefinition job;
  job.name = kComponentName;
  job.image = model.image;
  job.command = words;
  job.env = model.env;
  job.secretFolders = model.secretFolders;
  job.writable = model.writable;
  job.readOnlyRoot = model.readOnlyRoot;
  job.resources = definition.jobs.empty() ? model.resources : definition.jobs.front().resources;
  return job;
}

// What a probe makes is named by it: two that run at the same time must not remove what the other made.
std::string nameOfProbe(ProbeWay way) {
  if (way == ProbeWay::Gateway) return "windlass-probe";
  return way == ProbeWay::Tried ? "windlass-probe-tried" : "windlass-probe-stable";
}

// The component's APIs are those of one revision. All others it meets at the gateway, as clients do.
void goDirectly(Scope& scope, const StepJob& request) {
  for (const Api& api : scope.apis) {
    if (api.service->name != request.service || api.definition->component != request.component) continue;
    const auto component = std::find_if(api.service->components.begin(), api.service->components.end(),
                                        [&](const Component& one) { return one.name == request.component; });
    const std::string service = request.way == ProbeWay::Tried ? canaryName(scope, *api.service, *component)
                                                               : componentName(scope, *api.service, *component);
    const std::string base = fmt::format("http://{}:{}", clusterHost(scope, service), api.backendPort);
    scope.references["api." + api.definition->type + ".base"] = base;
    scope.references["api." + api.definition->type + ".url"] = base + api.definition->path;
  }
}

class StepJobRenderer {
 public:
  StepJobRenderer(const Scope& scope, const StepJob& request) : scope_(scope), request_(request) {}

  Result<std::vector<Json>> run() {
    const auto found = std::find_if(scope_.services.begin(), scope_.services.end(),
                                    [&](const ServiceDefinition* one) { return one->name == request_.service; });
    if (found == scope_.services.end())
      return kube::fail(kube::ErrorKind::Invalid, "the cloud has no service " + inQuotes(request_.service));
    WINDLASS_TRY(render(**found));
    return std::move(out_);
  }

 private:
  Status render(const ServiceDefinition& service) {
    switch (request_.kind) {
      case StepJobKind::Command:
        return job(service, commandOf(service, request_.command), {});
      case StepJobKind::Probe:
        if (!service.probe) return missing(service.name, "probe");
        return job(service, *service.probe, {nullptr, "", {{"target.name", nameOfProbe(request_.way)}}});
      case StepJobKind::Backup:
        return copy(service, &ServiceDefinition::backup, "backup");
      case StepJobKind::Restore:
        return copy(service, &ServiceDefinition::restore, "restore");
    }
    return {};
  }

  // Out of the databases, or into them.
  Status copy(const ServiceDefinition& service, std::optional<JobDefinition> ServiceDefinition::*way,
              const std::string& what) {
    const auto server = scope_.infrastructure.find("database");
    if (server == scope_.infrastructure.end() || !(server->second->*way)) return missing("the database", what);
    const ProvisionTarget target{
        &service,
        "",
        {{"target.databases", fmt::format("{}", fmt::join(request_.databases, " "))},
         {"target.name", request_.kind == StepJobKind::Restore ? request_.source : request_.name}}};
    return job(*server->second, *(server->second->*way), target);
  }

  Status job(const ServiceDefinition& definition, const JobDefinition& job, const ProvisionTarget& target) {
    WINDLASS_TRY_ASSIGN(const std::string config, addConfig(definition, target));
    const PodInput input{.definition = &definition,
                         .configMap = config,
                         .component = kComponentName,
                         .withSecretHash = false,
                         .target = target};
    WINDLASS_TRY_ASSIGN(Json pod, jobTemplate(scope_, input, job));
    if (!request_.image.empty()) pod["spec"]["containers"][0]["image"] = request_.image;
    if (job.storage) mountClaim(definition, *job.storage, pod["spec"]);
    Json object = ownedByRun(newObjectOf(scope_, definition, kinds::Job, request_.name));
    object["spec"] = {{"backoffLimit", 0},
                      {"activeDeadlineSeconds", request_.deadlineSeconds},
                      {"completions", 1},
                      {"parallelism", 1},
                      {"template", std::move(pod)}};
    out_.push_back(std::move(object));
    return {};
  }

  // Of its own, named like the Job: the cloud's config maps come and go with its revisions.
  Result<std::string> addConfig(const ServiceDefinition& definition, const ProvisionTarget& target) {
    const bool isClient = target.owner != nullptr || request_.kind == StepJobKind::Probe;
    if (isClient) return std::string();  // it has the server's API, not its files
    WINDLASS_TRY_ASSIGN(const auto files, renderConfig(scope_, definition, true));
    Json object = configMapOf(scope_, definition, files);
    if (object.is_null()) return std::string();
    object["metadata"]["name"] = request_.name;
    out_.push_back(ownedByRun(std::move(object)));
    return request_.name;
  }

  static Json ownedByRun(Json object) {
    object["metadata"]["labels"].erase(label::kCloud);
    return object;
  }

  void mountClaim(const ServiceDefinition& definition, const StorageDefinition& storage, Json& spec) {
    Json claim = newObjectOf(scope_, definition, kinds::PersistentVolumeClaim, claimName(scope_, definition, "backup"));
    claim["metadata"]["labels"][label::kPurpose] = "backup";
    claim["spec"] = claimSpec({}, storage.size, "ReadWriteOnce");
    spec["volumes"].push_back(
        {{"name", "backup"}, {"persistentVolumeClaim", {{"claimName", claim["metadata"]["name"]}}}});
    spec["containers"][0]["volumeMounts"].push_back({{"name", "backup"}, {"mountPath", storage.path}});
    out_.push_back(std::move(claim));
  }

  const Scope& scope_;
  const StepJob& request_;
  std::vector<Json> out_;
};

}  // namespace

Result<std::vector<Json>> renderStepJob(const Catalog& catalog, const OpenStackCloud& cloud,
                                        const RenderContext& context, const StepJob& request) {
  OpenStackCloud ofRelease = cloud;
  ofRelease.spec.release = request.release;
  WINDLASS_TRY_ASSIGN(Scope scope, makeScope(catalog, ofRelease, context));
  if (request.way != ProbeWay::Gateway) goDirectly(scope, request);
  return StepJobRenderer(scope, request).run();
}

}  // namespace windlass::ops
