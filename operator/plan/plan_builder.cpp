// What all parts of a plan use.
#include "operator/plan/plan_builder.h"

#include <algorithm>
#include <unordered_set>

namespace windlass::ops {
namespace {

StepExit exitOf(const ExitRules& rules) {
  return {rules.done, rules.warn, rules.repeat};
}

}  // namespace

std::string PlanBuilder::imageOf(const std::string& service, const std::string& id) const {
  if (const auto said = cloud_.spec.services.find(service);
      said != cloud_.spec.services.end() && !said->second.image.empty()) {
    return said->second.image;
  }
  const Release& release = *catalog_.release(id);
  const ServiceDefinition* definition = catalog_.definition(service);
  std::string name = definition == nullptr ? catalog_.upgradeDefaults.image : definition->image;
  if (const auto found = release.services.find(service);
      found != release.services.end() && !found->second.image.empty()) {
    name = found->second.image;
  }
  const auto found = release.images.find(name);
  return found == release.images.end() ? "" : request_.imageRegistry + "/" + found->second;
}

std::string PlanBuilder::moveOf(const std::string& service, const SequenceComponent& component) const {
  for (const ComponentChange& change : hop_.components) {
    if (change.service == service && change.component == component.name) return change.move;
  }
  return component.move;
}

bool PlanBuilder::moves(const std::string& service, const std::string& component) const {
  return only_.empty() || only_.contains(service + "/" + component);
}

int PlanBuilder::stopSeconds(const SequenceComponent& component) const {
  const auto later = component.stopSecondsFrom.upper_bound(out_.from);
  return later == component.stopSecondsFrom.begin() ? component.stopSeconds : std::prev(later)->second;
}

int PlanBuilder::replicasOf(const std::string& service, const SequenceComponent& component) const {
  const auto& said = cloud_.spec.services.at(service).replicas;
  return component.role == "api" && said ? *said : component.replicas;
}

Step& PlanBuilder::add(Step step) {
  out_.steps.push_back(std::move(step));
  return out_.steps.back();
}

Step PlanBuilder::commandStep(const std::string& service, const Command& command, const std::string& release) const {
  Step step;
  step.id = service + "/" + command.what;
  step.phase = command.phase;
  step.kind = command.kind;
  step.service = service;
  step.release = release;
  step.image = imageOf(service, release);
  step.command = command.words;
  step.exit = exitOf(command.exit);
  step.seconds = seconds().jobStart + (command.seconds > 0 ? command.seconds : command.fallback);
  step.attempts = 3;
  return step;
}

void PlanBuilder::gate(const GateDefinition& gate, StepPhase phase) {
  Step step;
  step.id = (gate.service.empty() ? "cloud" : gate.service) + "/gate/" + gate.id;
  step.phase = phase;
  step.kind = StepKind::Gate;
  step.service = gate.service;
  step.summary = gate.summary;
  step.ensures = {"answered:" + gate.id};
  step.with = gate.with;
  step.with["ask"] = gate.ask;
  step.with["remedy"] = gate.remedy;
  step.seconds = gate.ask == "acknowledge" ? 0 : seconds().check;
  add(std::move(step));
}

void PlanBuilder::gatesBefore(const std::string& service, const std::string& name, StepPhase phase) {
  for (const std::vector<GateDefinition>* gates : {&sequence(service).gates, &hop_.gates}) {
    for (const GateDefinition& one : *gates) {
      if (one.service == service && one.before == name) gate(one, phase);
    }
  }
}

void PlanBuilder::hazards() {
  const auto has = [&](const std::string& service) {
    return std::find(out_.services.begin(), out_.services.end(), service) != out_.services.end();
  };
  for (const Hazard& hazard : hop_.hazards) {
    if (!has(hazard.service)) continue;
    out_.hazards.push_back({hazard.id, hazard.service, hazard.kind, hazard.summary, hazard.remedy, hazard.revisions});
    for (const auto& [name, value] : hazard.environment) out_.environment[hazard.service][name] = value;
  }
}

kube::Status PlanBuilder::finish() {
  std::unordered_set<std::string> held, ids;
  for (const Step& step : out_.steps) {
    if (!ids.insert(step.id).second)
      return kube::fail(kube::ErrorKind::Internal, "the plan has the step " + step.id + " twice");
    for (const std::string& need : step.needs) {
      if (!held.contains(need)) {
        return kube::fail(kube::ErrorKind::Internal,
                          "step " + step.id + " needs " + need + ", which no earlier step brings about");
      }
    }
    held.insert(step.ensures.begin(), step.ensures.end());
    out_.seconds += step.seconds;
  }
  const auto first = std::find_if(out_.steps.begin(), out_.steps.end(), needsBackup);
  out_.pointOfNoReturn = static_cast<std::size_t>(first - out_.steps.begin());
  return {};
}

}  // namespace windlass::ops
