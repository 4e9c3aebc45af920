#include "operator/execute/components.h"

namespace windlass::ops {
namespace {

// A step whose reverse failed stays taken back: going on, in either direction, begins from there.
bool isTakenBack(const Run& run, std::size_t index) {
  const StepStatus status = run.steps[index].status;
  return status == StepStatus::Undoing || status == StepStatus::Undone ||
         (status == StepStatus::Failed && run.rollbackBegan && index == run.cursor);
}

void move(const UpgradePlan& plan, StepKind kind, ComponentRelease& out) {
  out.stopped = kind == StepKind::Stop;
  if (kind != StepKind::Stop) out.release = plan.to;
}

}  // namespace

bool movesPods(StepKind kind) {
  return kind == StepKind::Roll || kind == StepKind::Stop || kind == StepKind::Start;
}

ComponentReleases componentsOf(const UpgradePlan& plan, const Run& run) {
  ComponentReleases out;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (!movesPods(step.kind) || !run.steps[i].touched) continue;
    ComponentRelease& component = out.try_emplace(step.service + "/" + step.component, plan.from, false).first->second;
    if (!isTakenBack(run, i)) move(plan, step.kind, component);
  }
  return out;
}

}  // namespace windlass::ops
