#include "operator/render/render.h"

#include <algorithm>
#include <memory>
#include <set>

#include "kube/object/kinds.h"
#include "operator/render/config.h"
#include "operator/render/volumes.h"
#include "operator/render/workload.h"

namespace windlass::ops {
namespace {

// The scope of a component: that of the cloud, unless the component runs another release or other settings.
class ComponentScopes {
 public:
  explicit ComponentScopes(const Scope& scope) : scope_(scope) {}

  Result<const Scope*> at(const std::string& component) {
    const auto found = scope_.context->components.find(component);
    return found == scope_.context->components.end() ? &scope_ : of(found->second);
  }

  Result<const Scope*> of(const ComponentRelease& wanted) {
    const std::string& settings = wanted.settings.empty() ? scope_.context->settingsInUse : wanted.settings;
    if (wanted.release == scope_.release->id && settings == scope_.context->settingsInUse) return &scope_;
    std::unique_ptr<Other>& other = others_[{wanted.release, settings}];
    if (other == nullptr) {
      WINDLASS_TRY_ASSIGN(other, make(wanted.release, settings));
    }
    return &other->scope;
  }

 private:
  struct Other {
    OpenStackCloud cloud;
    Scope scope;
  };

  Result<std::unique_ptr<Other>> make(const std::string& release, const std::string& settings) const {
    auto made = std::make_unique<Other>();
    made->cloud = *scope_.cloud;
    made->cloud.spec.release = release;
    if (settings != scope_.context->settingsInUse) {
      const auto known = scope_.context->settings.find(settings);
      if (known == scope_.context->settings.end())
        return kube::fail(kube::ErrorKind::Internal, "settings " + settings + " were not read");
      made->cloud.spec = withSettings(std::move(made->cloud.spec), known->second);
    }
    WINDLASS_TRY_ASSIGN(made->scope, makeScope(*scope_.catalog, made->cloud, *scope_.context));
    made->scope.settings = settings;
    return made;
  }

  const Scope& scope_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Other>> others_;  // by release and settings
};

// Builds the stages one after the other; the first error ends it.
class Renderer {
 public:
  explicit Renderer(const Scope& scope) : scope_(scope), scopes_(scope) {}

  Result<RenderedCloud> run() {
    foundation();
    for (const char* role : {"database", "messaging", "cache", "gateway"}) {
      const auto found = scope_.infrastructure.find(role);
      if (found != scope_.infrastructure.end()) WINDLASS_TRY(infrastructure(role, *found->second));
    }
    for (const ServiceDefinition* service : scope_.services) WINDLASS_TRY(this->service(*service));
    for (const auto& [component, tried] : scope_.context->canaries) WINDLASS_TRY(canary(component, tried));
    for (const Api& api : scope_.apis) {
      out_.endpoints[api.definition->type] = scope_.references.at("api." + api.definition->type + ".url");
    }
    WINDLASS_TRY(checkNames());
    return std::move(out_);
  }

 private:
  Stage& addStage(std::string name, std::string summary, std::vector<std::string> after) {
    Stage& stage = out_.stages.emplace_back();
    stage.name = std::move(name);
    stage.summary = std::move(summary);
    stage.after = std::move(after);
    return stage;
  }

  void foundation() {
    Stage& stage = addStage("foundation", "creating service accounts", {});
    const auto account = [&](const ServiceDefinition& definition) {
      Json object =
          newObjectOf(scope_, definition, kube::kinds::ServiceAccount, serviceAccountName(scope_, definition));
      object["automountServiceAccountToken"] = false;
      stage.objects.push_back(std::move(object));
    };
    for (const auto& [role, definition] : scope_.infrastructure) account(*definition);
    for (const ServiceDefinition* service : scope_.services) account(*service);
  }

  Status addSecrets(const ServiceDefinition& definition, Stage& stage) {
    Status status;
    const bool external = !definition.role.empty() && scope_.isExternal(definition.role);
    if (!external) stage.secrets = secretsOf(scope_, definition, status);
    for (SecretRequest& request : urlSecretOf(scope_, definition, status)) stage.secrets.push_back(std::move(request));
    return status;
  }

  Status addComponent(const Scope& scope, const ServiceDefinition& definition, const Component& component,
                      const std::string& configMap, Stage& stage) {
    addClaims(scope, definition, component, stage);
    WINDLASS_TRY_ASSIGN(RenderedComponent rendered, renderComponent(scope, definition, component, configMap));
    out_.revisions[definition.name + "/" + component.name] = rendered.revision;
    stage.objects.push_back(std::move(rendered.workload));
    for (Json& object : rendered.beside) stage.objects.push_back(std::move(object));
    return {};
  }

  void addClaims(const Scope& scope, const ServiceDefinition& definition, const Component& component, Stage& stage) {
    for (Json& claim : claimsOf(scope, definition, component)) {
      if (claims_.insert(claim["metadata"]["name"].get<std::string>()).second)
        stage.objects.push_back(std::move(claim));
    }
  }

  Status infrastructure(const std::string& role, const ServiceDefinition& definition) {
    Stage& stage = addStage(role,
                            "starting the " + role +
                                (role == "messaging" ? " service"
                                 : role == "cache"   ? " service"
                                                     : ""),
                            {"foundation"});
    WINDLASS_TRY(addSecrets(definition, stage));
    if (scope_.isExternal(role)) {
      stage.summary = "using the external " + role;
      return {};
    }
    WINDLASS_TRY_ASSIGN(const std::string config, addConfig(scope_, definition, true, stage));
    for (const Component& component : definition.components) {
      WINDLASS_TRY(addComponent(scope_, definition, component, config, stage));
      if (role != "gateway") continue;
      stage.objects.push_back(gatewayService(scope_, definition, component));
      if (!component.trafficFolder.empty()) stage.objects.push_back(gatewayTraffic(scope_, definition));
    }
    return {};
  }

  // Adds the ConfigMap and returns its name, "" when there are no files.
  Result<std::string> addConfig(const Scope& scope, const ServiceDefinition& definition, bool withCloud, Stage& stage) {
    WINDLASS_TRY_ASSIGN(const auto files, renderConfig(scope, definition, withCloud));
    Json object = configMapOf(scope, definition, files);
    if (object.is_null()) return std::string();
    std::string name = object["metadata"]["name"].get<std::string>();
    if (configMaps_.insert(name).second) stage.objects.push_back(std::move(object));
    return name;
  }

  Status addJob(const ServiceDefinition& definition, const JobDefinition& job, std::vector<std::string>& after) {
    Stage& stage = addStage(definition.name + "/" + job.name, job.summary, after);
    const bool withCloud = std::find(job.keyedBy.begin(), job.keyedBy.end(), "config") != job.keyedBy.end();
    const bool withSecrets = std::find(job.keyedBy.begin(), job.keyedBy.end(), "secrets") != job.keyedBy.end();
    WINDLASS_TRY_ASSIGN(const std::string config, addConfig(scope_, definition, withCloud, stage));
    const PodInput input{.definition = &definition,
                         .configMap = config,
                         .component = job.name,
                         .withSecretHash = withSecrets,
                         .target = {}};
    WINDLASS_TRY_ASSIGN(Json object, renderJob(scope_, input, job, baseName(scope_, definition) + "-" + job.name));
    stage.objects.push_back(std::move(object));
    after = {stage.name};
    return {};
  }

  // The job by which `provider` gives the target what it needs.
  Status addProvision(const ServiceDefinition& provider, const ProvisionTarget& target, Stage& stage) {
    const PodInput input{
        .definition = &provider, .configMap = "", .component = "provision", .withSecretHash = true, .target = target};
    WINDLASS_TRY_ASSIGN(Json object, renderJob(scope_, input, *provider.provision,
                                               baseName(scope_, *target.owner) + "-" + target.secret));
    stage.objects.push_back(std::move(object));
    return {};
  }

  // One stage that creates every database of the service with its user; its name, if any, is added to `done`.
  Status addDatabases(const ServiceDefinition& definition, const std::vector<std::string>& after,
                      std::vector<std::string>& done) {
    if (definition.databases.empty()) return {};
    const ServiceDefinition& server = *scope_.infrastructure.at("database");
    if (!server.provision)
      return kube::fail(kube::ErrorKind::Invalid, "charts: " + server.name + " has no provision job");
    Stage& stage = addStage(definition.name + "/database", server.provision->summary, after);
    for (const DatabaseDefinition& database : definition.databases) {
      const References references = {{"target.database", database.name}, {"target.user", database.user}};
      WINDLASS_TRY(addProvision(server, {&definition, database.secret, references}, stage));
    }
    done.push_back(stage.name);
    return {};
  }

  // One stage that makes the service's account and tells the catalog about its APIs.
  Status addAccount(const ServiceDefinition& definition, const std::vector<std::string>& after,
                    std::vector<std::string>& done) {
    if (!definition.account) return {};
    const ServiceDefinition& provider = *accountProviderOf(*scope_.catalog, definition);
    Stage& stage = addStage(definition.name + "/account", provider.provision->summary, after);
    WINDLASS_TRY(addProvision(provider, accountTarget(scope_, definition), stage));
    done.push_back(stage.name);
    return {};
  }

  std::vector<std::string> neededBy(const ServiceDefinition& definition) const {
    std::vector<std::string> after;
    for (const std::string& need : definition.needs)
      after.push_back(lastStage_.contains(need) ? lastStage_.at(need) : need);
    return after;
  }

  Status service(const ServiceDefinition& definition) {
    Stage& secrets =
        addStage(definition.name + "/secrets", "creating the secrets of " + definition.name, {"foundation"});
    WINDLASS_TRY(addSecrets(definition, secrets));
    WINDLASS_TRY(checkVolumes(scope_, definition));
    std::vector<std::string> needed = neededBy(definition), after;
    needed.push_back(secrets.name);
    WINDLASS_TRY(addDatabases(definition, needed, after));
    WINDLASS_TRY(addAccount(definition, needed, after));
    if (after.empty()) after = needed;
    for (const JobDefinition& job : definition.jobs) {
      if (!job.afterComponents) WINDLASS_TRY(addJob(definition, job, after));
    }
    for (const Component& component : definition.components) {
      Stage& stage =
          addStage(definition.name + "/" + component.name, "starting " + definition.name + " " + component.name, after);
      WINDLASS_TRY_ASSIGN(const Scope* scope, scopes_.at(definition.name + "/" + component.name));
      WINDLASS_TRY_ASSIGN(const std::string config, addConfig(*scope, definition, true, stage));
      WINDLASS_TRY(addComponent(*scope, definition, component, config, stage));
      after = {stage.name};
      if (!component.revisions) stage.settles.push_back(definition.name + "/" + component.name);
    }
    addTraffic(definition, after);
    for (const JobDefinition& job : definition.jobs) {
      if (job.afterComponents) WINDLASS_TRY(addJob(definition, job, after));
    }
    lastStage_[definition.name] = after.front();
    return {};
  }

  // Traffic moves to the new revisions only when all of them answer.
  void addTraffic(const ServiceDefinition& definition, std::vector<std::string>& after) {
    std::vector<const Component*> moved;
    for (const Component& component : definition.components) {
      if (component.revisions) moved.push_back(&component);
    }
    if (moved.empty()) return;
    Stage& stage = addStage(definition.name + "/traffic", "sending traffic to " + definition.name, after);
    for (const Component* component : moved) {
      const std::string id = definition.name + "/" + component->name;
      if (component->service != "none") {
        stage.objects.push_back(trafficService(scope_, definition, *component, out_.revisions.at(id)));
      }
      stage.settles.push_back(id);
    }
    after = {stage.name};
  }

  // The pods are those that the roll would have, so it finds them there.
  Status canary(const std::string& id, const ComponentRelease& tried) {
    const auto [definition, component] = findComponent(id);
    if (component == nullptr) return {};  // of a service that was taken out of the spec meanwhile
    if (!component->revisions)
      return kube::fail(kube::ErrorKind::Invalid, "charts: " + id + " has no revisions, none of it can be tried");
    Stage& stage =
        addStage(id + "-canary", "trying " + id + " of release " + tried.release, {lastStage_.at(definition->name)});
    stage.trial = true;
    WINDLASS_TRY_ASSIGN(const Scope* scope, scopes_.of(tried));
    WINDLASS_TRY_ASSIGN(const std::string config, addConfig(*scope, *definition, true, stage));
    addClaims(*scope, *definition, *component, stage);
    WINDLASS_TRY_ASSIGN(RenderedComponent rendered, renderComponent(*scope, *definition, *component, config));
    if (rendered.revision != out_.revisions.at(id)) stage.objects.push_back(canaryOf(std::move(rendered.workload)));
    stage.objects.push_back(canaryService(scope_, *definition, *component, rendered.revision));
    return {};
  }

  std::pair<const ServiceDefinition*, const Component*> findComponent(const std::string& id) const {
    for (const ServiceDefinition* service : scope_.services) {
      for (const Component& component : service->components) {
        if (id == service->name + "/" + component.name) return {service, &component};
      }
    }
    return {nullptr, nullptr};
  }

  // Names end up in labels and host names: at most 63 characters (RFC 1123).
  Status checkNames() const {
    for (const Stage& stage : out_.stages) {
      for (const Json& object : stage.objects) {
        const std::string name = object["metadata"]["name"].get<std::string>();
        if (name.size() > 63) {
          return kube::fail(kube::ErrorKind::Invalid,
                            "metadata.name: the object name " + name +
                                " would be longer than 63 characters, give the cloud a shorter name");
        }
      }
    }
    return {};
  }

  const Scope& scope_;
  ComponentScopes scopes_;
  RenderedCloud out_;
  std::set<std::string> configMaps_, claims_;
  std::map<std::string, std::string> lastStage_;
};

}  // namespace

Result<RenderedCloud> render(const Catalog& catalog, const OpenStackCloud& cloud, const RenderContext& context) {
  WINDLASS_TRY_ASSIGN(const Scope scope, makeScope(catalog, cloud, context));
  return Renderer(scope).run();
}

}  // namespace windlass::ops
