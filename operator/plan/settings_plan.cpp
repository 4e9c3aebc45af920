// A change of settings: the components that it concerns move as in a hop, and nothing else happens.
#include "operator/plan/settings_plan.h"

#include <algorithm>

#include "operator/plan/plan_builder.h"

namespace windlass::ops {
namespace {

// The answer matters to who copies databases, and no database is touched.
constexpr std::string_view kBackupQuestion = "backupRoom";

std::string serviceOf(const std::string& component) {
  return component.substr(0, component.find('/'));
}

kube::Status knowsComponents(const Catalog& catalog, const OpenStackCloud& cloud, const SettingsChange& change) {
  for (const auto& [service, spec] : cloud.spec.services) {
    if (catalog.sequences.contains(service)) continue;
    return kube::fail(kube::ErrorKind::Invalid,
                      "spec.services." + service + ": there is no sequence for it in upgrades/sequences");
  }
  for (const std::string& component : change.components) {
    const std::string service = serviceOf(component);
    if (catalog.sequences.at(service).component(component.substr(service.size() + 1)) != nullptr) continue;
    return kube::fail(kube::ErrorKind::Invalid, "upgrades/sequences: " + service + " does not say how " + component +
                                                    " is changed; set spec.changes to Direct to change it at once");
  }
  return {};
}

std::vector<std::string> servicesOf(const std::vector<std::string>& ordered, const SettingsChange& change) {
  std::vector<std::string> out;
  for (const std::string& service : ordered) {
    if (std::any_of(change.components.begin(), change.components.end(),
                    [&](const std::string& component) { return serviceOf(component) == service; }))
      out.push_back(service);
  }
  return out;
}

}  // namespace

void takeSettings(UpgradePlan& plan, const SettingsChange& change) {
  plan.settingsFrom = change.from;
  plan.settingsTo = change.to;
  plan.settingsRevision = static_cast<int>(change.revision);
  plan.changes = change.lines;
}

kube::Result<UpgradePlan> planSettings(const Catalog& catalog, const OpenStackCloud& cloud, const PlanRequest& request,
                                       const SettingsChange& change, const CloudFacts& observed) {
  WINDLASS_TRY(knowsComponents(catalog, cloud, change));
  Hop stays;
  stays.from = stays.to = cloud.spec.release;
  stays.route = kSettingsRoute;
  UpgradePlan out;
  out.cloud = cloud.key.name;
  out.ns = cloud.key.ns;
  out.from = out.to = cloud.spec.release;
  out.route = kSettingsRoute;
  out.services = servicesOf(orderServices(catalog, cloud, stays), change);
  takeSettings(out, change);
  PlanBuilder builder(catalog, cloud, request, observed, stays, out);
  builder.moveOnly({change.components.begin(), change.components.end()});
  builder.settings();
  WINDLASS_TRY(builder.finish());
  return out;
}

void PlanBuilder::settings() {
  for (const GateDefinition& one : catalog_.upgradeDefaults.gates) {
    if (one.ask != kBackupQuestion) gate(one, StepPhase::Preflight);
  }
  for (const std::string& service : out_.services) {
    for (const SequenceComponent& one : sequence(service).components) {
      if (one.role != "agent" && moves(service, one.name)) component(sequence(service), one);
    }
  }
  rings();
  soak();
}

}  // namespace windlass::ops
