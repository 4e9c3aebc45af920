// When everything is new: messages unpinned, data moved, a wait, the contract, and a last look.
#include <algorithm>

#include "operator/plan/plan_builder.h"

namespace windlass::ops {
namespace {

bool isContract(const SchemaStep& step) {
  return step.phase == "Contract";
}

bool hasContract(const Sequence& sequence) {
  return std::any_of(sequence.schema.begin(), sequence.schema.end(), isContract);
}

}  // namespace

std::vector<std::string> PlanBuilder::allNew(const std::string& service) const {
  std::vector<std::string> facts;
  for (const SequenceComponent& component : sequence(service).components) {
    if (moves(service, component.name)) facts.push_back("new:" + service + "/" + component.name);
  }
  return facts;
}

void PlanBuilder::closing() {
  for (const std::string& service : out_.services) unpin(sequence(service));
  for (const std::string& service : out_.services) online(sequence(service));
  soak();
  contract();
  for (const std::string& service : out_.services) verify(sequence(service));
}

void PlanBuilder::unpin(const Sequence& sequence) {
  for (const Pin& pin : sequence.pins) {
    Step step;
    step.id = sequence.service + "/unpin/" + pin.name;
    step.phase = StepPhase::Unpin;
    step.kind = StepKind::Unpin;
    step.service = sequence.service;
    step.summary =
        "processes speak the new release's messages: " +
        std::string(pin.lift == "reload" ? "they reload their config" : "they are restarted one after the other");
    step.needs = allNew(sequence.service);
    if (!pin.automatic) step.needs.push_back("pinned:" + sequence.service + "/" + pin.name);
    step.ensures = {"unpinned:" + sequence.service + "/" + pin.name};
    step.undo = Undo::Restore;
    step.undoHow = "not at all: old code cannot read messages and rows of the new release";
    step.besideOld = false;
    step.attempts = 3;
    step.with = {{"lift", pin.lift},
                 {"keep", pin.keep || pin.automatic ? "true" : "false"},
                 {"option", pin.option},
                 {"section", pin.section},
                 {"file", pin.file}};
    for (const std::string& component : pin.components) {
      step.touches.push_back("pods of " + sequence.service + "/" + component);
      step.seconds += pin.lift == "reload" ? 1 : seconds().podStart + sequence.component(component)->stopSeconds;
    }
    add(std::move(step));
  }
}

void PlanBuilder::online(const Sequence& sequence) {
  std::vector<std::string> needs = allNew(sequence.service);
  for (const Pin& pin : sequence.pins) needs.push_back("unpinned:" + sequence.service + "/" + pin.name);
  const auto finished = [&](Step step, const std::string& summary, const std::string& ensures) {
    step.summary = summary;
    step.needs = needs;
    step.ensures = {ensures};
    for (const std::string& database : sequence.databases) step.touches.push_back("database " + database);
    step.besideOld = false;
    step.undo = Undo::Restore;
    step.undoHow = "only by the backup";
    add(std::move(step));
  };
  for (const OnlineMigration& one : sequence.online) {
    finished(commandStep(sequence.service,
                         {"online/" + one.name, StepKind::Online, StepPhase::OnlineMigrate, one.command, one.exit,
                          one.seconds, seconds().check},
                         out_.to),
             "rows get the new form, a batch at a time, until the code says that none is left",
             "migrated:" + sequence.service + "/" + one.name);
  }
  for (const CheckDefinition& one : sequence.finish) {
    finished(commandStep(sequence.service,
                         {"finish/" + one.name, StepKind::Finish, StepPhase::OnlineMigrate, one.command, one.exit,
                          one.seconds, seconds().check},
                         out_.to),
             "what the new code needs once", "finished:" + sequence.service + "/" + one.name);
  }
}

void PlanBuilder::soak() {
  Step step;
  step.id = "cloud/soak";
  step.phase = StepPhase::Soak;
  step.kind = StepKind::Soak;
  step.summary = out_.route == kSettingsRoute ? "the new settings run alone and are watched"
                                              : "the new release runs alone and is watched";
  for (const std::string& service : out_.services) {
    for (std::string& need : allNew(service)) step.needs.push_back(std::move(need));
  }
  step.ensures = {"soaked"};
  step.with = {{"soakSeconds", std::to_string(seconds().soak)}};
  step.seconds = seconds().soak;
  add(std::move(step));
}

void PlanBuilder::contract() {
  if (std::none_of(out_.services.begin(), out_.services.end(),
                   [&](const std::string& service) { return hasContract(sequence(service)); }))
    return;
  Step approve;
  approve.id = "cloud/approve-contract";
  approve.phase = StepPhase::Contract;
  approve.kind = StepKind::Approve;
  approve.summary = "a person says that the old release will not be needed any more";
  approve.needs = {"soaked"};
  approve.ensures = {"approved:contract"};
  add(std::move(approve));
  for (const std::string& service : out_.services) {
    for (const SchemaStep& step : sequence(service).schema) {
      if (!isContract(step)) continue;
      schema(sequence(service), step);
      std::vector<std::string>& needs = out_.steps.back().needs;
      needs.emplace_back("approved:contract");
      for (std::string& need : allNew(service)) needs.push_back(std::move(need));
    }
  }
}

void PlanBuilder::verify(const Sequence& sequence) {
  const auto look = [&](const CheckDefinition& check, const std::string& summary) {
    Step step = commandStep(sequence.service,
                            {"verify/" + check.name, StepKind::Check, StepPhase::Contract, check.command, check.exit,
                             check.seconds, seconds().check},
                            out_.to);
    step.summary = summary;
    step.needs = {"soaked"};
    step.ensures = {"verified:" + sequence.service + "/" + check.name};
    step.besideOld = false;
    for (const ToleratedCheck& tolerated : hop_.toleratedChecks) {
      if (tolerated.service == sequence.service && tolerated.check == check.name)
        step.exit.warn.insert(step.exit.warn.end(), tolerated.exit.begin(), tolerated.exit.end());
    }
    add(std::move(step));
  };
  for (const CheckDefinition& check : sequence.verify) look(check, "the new code finds its own schema complete");
  for (const CheckDefinition& check : sequence.checks) look(check, "the new code finds nothing left to do");
}

}  // namespace windlass::ops
