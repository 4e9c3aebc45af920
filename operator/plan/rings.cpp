// Agents on hosts, ring by ring: what belongs to one ring is done for all services before the next ring begins.
#include <algorithm>

#include "operator/plan/plan_builder.h"

namespace windlass::ops {
namespace {

// Hosts in this ring and those before it.
std::size_t upTo(const RingRule& rule, std::size_t hosts, std::size_t before) {
  const std::size_t wanted = rule.hosts > 0 ? before + static_cast<std::size_t>(rule.hosts)
                                            : (hosts * static_cast<std::size_t>(rule.percent) + 99) / 100;
  return std::clamp(wanted, before, hosts);
}

}  // namespace

void PlanBuilder::makeRings() {
  std::size_t done = 0;
  for (const RingRule& rule : catalog_.upgradeDefaults.rings) {
    const std::size_t end = upTo(rule, observed_.hosts.size(), done);
    if (end == done && !observed_.hosts.empty()) continue;
    const auto at = observed_.hosts.begin();
    out_.rings.push_back(
        {rule.name, rule.atOnce, {at + static_cast<std::ptrdiff_t>(done), at + static_cast<std::ptrdiff_t>(end)}});
    done = end;
  }
}

void PlanBuilder::rings() {
  std::vector<std::pair<std::string, const SequenceComponent*>> agents;
  for (const std::string& service : out_.services) {
    for (const SequenceComponent& component : sequence(service).components) {
      if (component.role == "agent" && moves(service, component.name)) agents.emplace_back(service, &component);
    }
  }
  if (agents.empty()) return;
  if (observed_.hosts.empty())
    out_.assumptions.push_back("the hosts of agents were not known: rings are shares, not lists");
  makeRings();
  for (std::size_t i = 0; i < out_.rings.size(); ++i) {
    for (const auto& [service, component] : agents) {
      ring(out_.rings[i], i == 0 ? nullptr : &out_.rings[i - 1], service, *component, i + 1 == out_.rings.size());
    }
  }
}

void PlanBuilder::ring(const PlanRing& ring, const PlanRing* before, const std::string& service,
                       const SequenceComponent& component, bool last) {
  const std::string fact = service + "/" + component.name;
  Step step;
  step.id = service + "/ring/" + component.name + "/" + ring.name;
  step.phase = StepPhase::Computes;
  step.kind = StepKind::Ring;
  step.service = service;
  step.component = component.name;
  step.release = out_.to;
  step.image = imageOf(service, out_.to);
  step.summary =
      "agents of the ring are replaced; heartbeat and synthetic boot on each host come before the next host; guests go "
      "on";
  step.needs = needsOf(sequence(service), component);
  if (before != nullptr) step.needs.push_back("ring:" + fact + "@" + before->name);
  step.ensures = {"ring:" + fact + "@" + ring.name};
  if (last) step.ensures.push_back("new:" + fact);
  step.touches = {"agent pods of ring " + ring.name};
  step.undo = Undo::Reverse;
  step.undoHow = "the agents of the ring are the old ones again";
  step.attempts = 2;
  if (component.cordon) step.impact = "hosts of the ring take no new guests while they change";
  step.with = {{"ring", ring.name},
               {"atOnce", std::to_string(ring.atOnce)},
               {"cordon", component.cordon ? "true" : "false"},
               {"stopSeconds", std::to_string(stopSeconds(component))}};
  const int hosts = std::max<int>(1, static_cast<int>(ring.hosts.size()));
  step.seconds = (hosts + ring.atOnce - 1) / ring.atOnce * (seconds().host + stopSeconds(component));
  add(std::move(step));
}

}  // namespace windlass::ops
