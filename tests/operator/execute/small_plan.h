#pragma once
// A plan of five steps, and the events that walk it.
#include "operator/execute/step_machine.h"

namespace windlass::ops::test {

inline Step step(std::string id, StepKind kind, Undo undo, std::string component = "") {
  Step out;
  out.id = std::move(id);
  out.kind = kind;
  out.undo = undo;
  out.component = std::move(component);
  out.seconds = 10;
  out.attempts = 2;
  return out;
}

// check, expand, canary, roll, contract (the point of no return).
inline UpgradePlan smallPlan() {
  UpgradePlan plan;
  plan.cloud = "demo";
  plan.from = "1";
  plan.to = "2";
  plan.steps = {step("a/check", StepKind::Check, Undo::Nothing), step("a/expand", StepKind::Schema, Undo::Keep),
                step("a/canary", StepKind::Canary, Undo::Reverse, "api"),
                step("a/roll", StepKind::Roll, Undo::Reverse, "api"),
                step("a/contract", StepKind::Schema, Undo::Restore)};
  plan.steps[1].phase = StepPhase::Expand;
  plan.steps[2].phase = StepPhase::Canary;
  plan.steps[3].phase = StepPhase::Rollout;
  plan.steps[4].phase = StepPhase::Contract;
  plan.pointOfNoReturn = 4;
  return plan;
}

struct Walk {
  UpgradePlan plan = smallPlan();
  Run run = newRun(plan, "hash");
  std::vector<Effect> effects;
  std::int64_t now = 100;

  Walk& send(Event event) {
    event.now = now;
    Transition transition = next(plan, std::move(run), event);
    run = std::move(transition.run);
    effects = std::move(transition.effects);
    return *this;
  }
  Walk& send(EventKind kind, std::string text = "") { return send(Event{.kind = kind, .text = std::move(text)}); }
  Walk& outcome(OutcomeKind kind, int exitCode = 0) {
    return send(Event{.kind = EventKind::Outcome,
                      .outcome = kind,
                      .step = run.cursor,
                      .attempt = run.steps[run.cursor].attempt,
                      .ofUndo = run.mode == RunMode::RollingBack,
                      .exitCode = exitCode});
  }
  // Approved, and in the given step, which is begun.
  Walk& reach(std::size_t index) {
    send(EventKind::Approve, "hash").send(EventKind::Wake);
    while (run.cursor < index) outcome(OutcomeKind::Succeeded);
    return *this;
  }
  EffectKind effect() const { return effects.at(0).kind; }
};

}  // namespace windlass::ops::test
