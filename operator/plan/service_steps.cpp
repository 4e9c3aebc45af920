// One service: backup, schema, the old code's probe, then its components but for agents.
#include <algorithm>

#include "operator/plan/plan_builder.h"

namespace windlass::ops {
namespace {

bool hasExpand(const Sequence& sequence) {
  return std::any_of(sequence.schema.begin(), sequence.schema.end(),
                     [](const SchemaStep& step) { return step.phase == "Expand"; });
}

std::string fact(const std::string& kind, const Sequence& sequence, const std::string& name) {
  return kind + ":" + sequence.service + "/" + name;
}

Step componentStep(const Sequence& sequence, const SequenceComponent& component, const std::string& what, StepKind kind,
                   StepPhase phase) {
  Step step;
  step.id = sequence.service + "/" + what;
  step.phase = phase;
  step.kind = kind;
  step.service = sequence.service;
  step.component = component.name;
  step.undo = Undo::Reverse;
  step.attempts = 2;
  return step;
}

}  // namespace

void PlanBuilder::services() {
  for (const std::string& service : out_.services) {
    const Sequence& sequence = this->sequence(service);
    if (!sequence.schema.empty()) backup(sequence);
    for (const SchemaStep& step : sequence.schema) {
      if (step.phase == "Expand") schema(sequence, step);
    }
    if (hasExpand(sequence)) oldCodeProbe(sequence);
    pins(sequence);
    for (const SequenceComponent& one : sequence.components) {
      if (one.role != "agent") component(sequence, one);
    }
  }
}

void PlanBuilder::backup(const Sequence& sequence) {
  Step step;
  step.id = sequence.service + "/backup";
  step.phase = StepPhase::Backup;
  step.kind = StepKind::Backup;
  step.service = sequence.service;
  step.summary = "a consistent copy with a checksum, before the first schema step";
  for (const CheckDefinition& check : sequence.checks) step.needs.push_back(fact("checked", sequence, check.name));
  for (const std::string& database : sequence.databases) step.with[database] = "database";
  step.ensures = {"backup:" + sequence.service};
  step.seconds = seconds().jobStart + seconds().backup * static_cast<int>(sequence.databases.size());
  step.attempts = 3;
  add(std::move(step));
}

void PlanBuilder::schema(const Sequence& sequence, const SchemaStep& schema) {
  const bool contract = schema.phase == "Contract";
  const StepPhase phase = contract ? StepPhase::Contract : StepPhase::Expand;
  gatesBefore(sequence.service, schema.name, phase);
  Step step = commandStep(
      sequence.service,
      {"schema/" + schema.name, StepKind::Schema, phase, schema.command, schema.exit, schema.seconds, seconds().check},
      out_.to);
  step.summary = contract ? "what only old code needed is removed" : "what new code needs is added";
  step.examine = schema.examine;
  step.examinedDone = schema.examinedDone;
  step.needs = {"backup:" + sequence.service};
  step.ensures = {fact("schema", sequence, schema.name)};
  for (const std::string& database : sequence.databases) step.touches.push_back("database " + database);
  step.besideOld = !contract;
  step.undo = contract ? Undo::Restore : Undo::Keep;
  step.undoHow = contract ? "only by the backup" : "stays: old code does not see it";
  for (const GateDefinition& gate : hop_.gates) {
    if (gate.service == sequence.service && gate.before == schema.name) step.needs.push_back("answered:" + gate.id);
  }
  for (const Hazard& hazard : hop_.hazards) {
    if (hazard.service != sequence.service || hazard.schema != schema.name) continue;
    step.hazards.push_back(hazard.id);
    step.besideOld = step.besideOld && hazard.besideOld;
    step.downtime = step.downtime || hazard.downtime;
    step.seconds += hazard.waitSeconds;
    if (hazard.waitSeconds > 0)
      step.impact = "requests that write may wait up to " + std::to_string(hazard.waitSeconds) + " s";
    if (!hazard.irreversible) continue;
    step.undo = Undo::Restore;
    step.undoHow = "only by the backup: " + hazard.summary;
  }
  add(std::move(step));
}

void PlanBuilder::oldCodeProbe(const Sequence& sequence) {
  Step step;
  step.id = sequence.service + "/old-code-probe";
  step.phase = StepPhase::OldCodeProbe;
  step.kind = StepKind::Probe;
  step.service = sequence.service;
  step.release = out_.from;
  step.summary = "the code that still runs reads and writes on the new schema";
  for (const SchemaStep& schema : sequence.schema) {
    if (schema.phase == "Expand") step.needs.push_back(fact("schema", sequence, schema.name));
  }
  step.ensures = {"old-code-works:" + sequence.service};
  step.seconds = seconds().probe;
  step.attempts = 3;
  add(std::move(step));
}

void PlanBuilder::pins(const Sequence& sequence) {
  for (const Pin& pin : sequence.pins) {
    if (pin.automatic) continue;
    Step step;
    step.id = sequence.service + "/pin/" + pin.name;
    step.phase = StepPhase::Rollout;
    step.kind = StepKind::Pin;
    step.service = sequence.service;
    step.summary = "new processes speak as " + out_.from + " does, until all are new";
    if (hasExpand(sequence)) step.needs = {"old-code-works:" + sequence.service};
    step.ensures = {fact("pinned", sequence, pin.name)};
    step.with = {{"file", pin.file},
                 {"section", pin.section},
                 {"option", pin.option},
                 {"value", pin.value == "${from}" ? out_.from : pin.value}};
    step.touches = {"config of the new revision"};
    step.undo = Undo::Reverse;
    step.undoHow = "the option is as it was";
    step.attempts = 2;
    add(std::move(step));
  }
}

std::vector<std::string> PlanBuilder::needsOf(const Sequence& sequence, const SequenceComponent& component) const {
  std::vector<std::string> needs;
  const bool newCode = out_.route != kSettingsRoute;
  if (newCode && hasExpand(sequence)) needs.push_back("old-code-works:" + sequence.service);
  for (const Pin& pin : sequence.pins) {
    if (newCode && !pin.automatic) needs.push_back(fact("pinned", sequence, pin.name));
  }
  for (const std::string& before : component.after) {
    if (moves(sequence.service, before)) needs.push_back(fact("new", sequence, before));
  }
  for (const GateDefinition& gate : hop_.gates) {
    if (gate.service == sequence.service && gate.before == component.name) needs.push_back("answered:" + gate.id);
  }
  return needs;
}

void PlanBuilder::component(const Sequence& sequence, const SequenceComponent& component) {
  gatesBefore(sequence.service, component.name, StepPhase::Rollout);
  std::vector<std::string> needs = needsOf(sequence, component);
  const std::string move = moveOf(sequence.service, component);
  if (move == "stopStart") return stopStart(sequence, component, needs);
  if (move == "canary" && request_.canary) canary(sequence, component, needs);
  roll(sequence, component, needs);
}

void PlanBuilder::canary(const Sequence& sequence, const SequenceComponent& component,
                         std::vector<std::string>& needs) {
  for (const CanaryStage& stage : catalog_.upgradeDefaults.canary) {
    Step step = componentStep(sequence, component, "canary/" + component.name + "/" + stage.name, StepKind::Canary,
                              StepPhase::Canary);
    step.release = out_.to;
    step.image = imageOf(sequence.service, out_.to);
    step.needs = needs;
    step.ensures = {fact("canary", sequence, component.name) + "@" + stage.name};
    step.touches = {"gateway weight of " + sequence.service + "/" + component.name};
    const std::string share = std::to_string(stage.weightPercent);
    step.summary = stage.header.empty()
                       ? share + " % of requests go to the new revision and are judged"
                       : "the revision in use is watched alone; then requests that the policy chooses by " +
                             stage.header + " or project go to the new one";
    step.impact =
        stage.header.empty() ? "a bad revision would answer " + share + " % of requests until the verdict" : "";
    step.with = {{"weightPercent", share}, {"soakSeconds", std::to_string(stage.soakSeconds)}};
    if (!stage.header.empty()) step.with["header"] = stage.header;
    step.undoHow = "weight 0, then the new revision is removed";
    step.seconds = stage.soakSeconds + (&stage == &catalog_.upgradeDefaults.canary.front() ? seconds().podStart : 0);
    needs.push_back(step.ensures.front());
    add(std::move(step));
  }
}

void PlanBuilder::roll(const Sequence& sequence, const SequenceComponent& component,
                       const std::vector<std::string>& needs) {
  Step step = componentStep(sequence, component, "roll/" + component.name, StepKind::Roll, StepPhase::Rollout);
  const int replicas = replicasOf(sequence.service, component);
  step.release = out_.to;
  step.image = imageOf(sequence.service, out_.to);
  step.summary = "all pods of the new revision start, take over, and the old ones finish what they do";
  if (component.role == "singleton")
    step.summary = "the old pod ends, then the new one starts: two at once would do the work twice";
  step.needs = needs;
  step.ensures = {fact("new", sequence, component.name)};
  step.touches = {"pods of " + sequence.service + "/" + component.name};
  step.undoHow = "the old revision gets its pods back, then the new one loses its own";
  step.seconds = seconds().podStart * std::max(1, replicas) + stopSeconds(component);
  step.with = {{"replicas", std::to_string(replicas)}, {"stopSeconds", std::to_string(stopSeconds(component))}};
  if (component.role == "singleton") step.with["surge"] = "0";
  add(std::move(step));
}

void PlanBuilder::stopStart(const Sequence& sequence, const SequenceComponent& component,
                            const std::vector<std::string>& needs) {
  std::string why;
  for (const ComponentChange& change : hop_.components) {
    if (change.service == sequence.service && change.component == component.name) why = change.why;
  }
  Step stop = componentStep(sequence, component, "stop/" + component.name, StepKind::Stop, StepPhase::Rollout);
  stop.release = out_.from;
  stop.summary = "all old pods end before a new one starts: " + why;
  stop.needs = needs;
  stop.ensures = {fact("stopped", sequence, component.name)};
  stop.touches = {"pods of " + sequence.service + "/" + component.name};
  stop.downtime = true;
  stop.seconds = stopSeconds(component);
  stop.impact = "requests are accepted and wait until new pods are there, about " +
                std::to_string(stop.seconds + seconds().podStart) + " s";
  stop.undoHow = "the old pods start again";
  stop.with = {{"stopSeconds", std::to_string(stopSeconds(component))}};
  add(std::move(stop));
  Step start = componentStep(sequence, component, "start/" + component.name, StepKind::Start, StepPhase::Rollout);
  start.release = out_.to;
  start.image = imageOf(sequence.service, out_.to);
  start.summary = "the new pods start";
  start.needs = {fact("stopped", sequence, component.name)};
  start.ensures = {fact("new", sequence, component.name)};
  start.touches = {"pods of " + sequence.service + "/" + component.name};
  start.besideOld = false;
  start.downtime = true;
  start.seconds = seconds().podStart;
  start.impact = "the wait ends";
  start.undoHow = "the new pods end; the old ones start when the stop is taken back";
  start.with = {{"replicas", std::to_string(replicasOf(sequence.service, component))}};
  add(std::move(start));
}

}  // namespace windlass::ops
