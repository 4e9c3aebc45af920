// Everything that can be known before anything is touched.
#include "operator/plan/plan_builder.h"

namespace windlass::ops {

void PlanBuilder::preflight() {
  for (const GateDefinition& one : catalog_.upgradeDefaults.gates) gate(one, StepPhase::Preflight);
  for (const std::string& service : out_.services) preflightOf(service);
}

void PlanBuilder::preflightOf(const std::string& service) {
  const Sequence& sequence = this->sequence(service);
  gatesBefore(service, "", StepPhase::Preflight);
  for (const OnlineMigration& migration : sequence.online) {
    Step step = commandStep(service,
                            {"finish-old/" + migration.name, StepKind::Online, StepPhase::Preflight, migration.command,
                             migration.exit, migration.seconds, seconds().check},
                            out_.from);
    step.summary = "online migrations of " + out_.from + " are finished; the next release counts on it";
    step.ensures = {"migrated-before:" + service + "/" + migration.name};
    step.touches = sequence.databases;
    step.undo = Undo::Keep;
    step.undoHow = "stays: the running release does the same by itself";
    add(std::move(step));
  }
  for (const CheckDefinition& check : sequence.checks) {
    Step step = commandStep(service,
                            {"check/" + check.name, StepKind::Check, StepPhase::Preflight, check.command, check.exit,
                             check.seconds, seconds().check},
                            out_.to);
    step.summary = "the new code looks at the old database and config";
    step.ensures = {"checked:" + service + "/" + check.name};
    for (const ToleratedCheck& tolerated : hop_.toleratedChecks) {
      if (tolerated.service != service || tolerated.check != check.name) continue;
      step.exit.warn.insert(step.exit.warn.end(), tolerated.exit.begin(), tolerated.exit.end());
      step.with["tolerated"] = tolerated.why;
    }
    add(std::move(step));
  }
}

}  // namespace windlass::ops
