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
  if (kind == StepKind::Stop) return;
  out.release = plan.to;
  out.settings = plan.settingsTo;
}

// Whose databases are put in now or are in: no code of the new release may meet them, and while it lasts no code at
// all.
void stopForBackup(const UpgradePlan& plan, const Run& run, std::size_t restored, ComponentReleases& out) {
  const bool isOver = run.steps[restored].status == StepStatus::Undone;
  for (const Step& step : plan.steps) {
    if (!movesPods(step.kind) || step.service != plan.steps[restored].service) continue;
    ComponentRelease& component = out.try_emplace(componentOf(step), plan.from, false, plan.settingsFrom).first->second;
    component.stopped = component.stopped || !isOver || component.release == plan.to;
  }
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
    ComponentRelease& component = out.try_emplace(componentOf(step), plan.from, false, plan.settingsFrom).first->second;
    if (!isTakenBack(run, i)) move(plan, step.kind, component);
  }
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    if (run.restoring && needsBackup(plan.steps[i]) && isTakenBack(run, i)) stopForBackup(plan, run, i, out);
  }
  return out;
}

ComponentReleases canariesOf(const UpgradePlan& plan, const Run& run) {
  ComponentReleases out;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    const StepRecord& record = run.steps[i];
    if (plan.steps[i].kind != StepKind::Canary || !record.touched || record.status == StepStatus::Undone) continue;
    // On the way back its pods stay until no gateway sends requests there.
    const bool stays = !run.rollbackBegan || (i == run.cursor && record.status == StepStatus::Undoing);
    if (stays) out[componentOf(plan.steps[i])] = {plan.to, false, plan.settingsTo};
  }
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    if (movesPods(plan.steps[i].kind) && run.steps[i].touched) out.erase(componentOf(plan.steps[i]));
  }
  return out;
}

const Step* canaryInWork(const UpgradePlan& plan, const Run& run) {
  if (run.mode != RunMode::Running || run.cursor >= plan.steps.size()) return nullptr;
  const Step& step = plan.steps[run.cursor];
  const bool inWork = step.kind == StepKind::Canary && run.steps[run.cursor].status == StepStatus::Intended;
  return inWork ? &step : nullptr;
}

std::string componentOf(const Step& step) {
  return step.service + "/" + step.component;
}

}  // namespace windlass::ops
