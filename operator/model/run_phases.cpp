#include "operator/model/run_phases.h"

#include <utility>

#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

using kube::Json;

void addBegun(StepOfRun& step, const Json& known) {
  step.status = kube::stringAt(known, "/status");
  step.begun = kube::intAt(known, "/begun");
  step.ended = kube::intAt(known, "/ended");
  step.evidence = kube::stringAt(known, "/evidence");
}

void add(std::vector<PhaseOfRun>& phases, StepOfRun step) {
  if (phases.empty() || phases.back().name != step.phase) phases.push_back({step.phase, {}});
  phases.back().steps.push_back(std::move(step));
}

}  // namespace

std::map<std::string, const Json*> begunSteps(const Json& run) {
  std::map<std::string, const Json*> steps;
  for (const Json& step : kube::arrayAt(run, "/status/steps")) steps[kube::stringAt(step, "/id")] = &step;
  return steps;
}

std::vector<PhaseOfRun> phasesOf(const Json& plan, const Json& run) {
  auto begun = begunSteps(run);
  std::vector<PhaseOfRun> phases;
  for (const Json& planned : kube::arrayAt(plan, "/spec/steps")) {
    StepOfRun step;
    step.id = kube::stringAt(planned, "/id");
    step.phase = kube::stringAt(planned, "/phase");
    step.summary = kube::stringAt(planned, "/summary");
    step.estimate = kube::intAt(planned, "/seconds");
    if (const auto known = begun.find(step.id); known != begun.end()) {
      addBegun(step, *known->second);
      begun.erase(known);
    }
    add(phases, std::move(step));
  }
  for (const Json& known : kube::arrayAt(run, "/status/steps")) {
    StepOfRun step;
    step.id = kube::stringAt(known, "/id");
    step.phase = "Begun";
    if (!begun.contains(step.id)) continue;
    addBegun(step, known);
    add(phases, std::move(step));
  }
  return phases;
}

std::string aimOf(const Json& plan) {
  return kube::stringAt(plan, "/spec/route") == "settings" ? "new settings" : kube::stringAt(plan, "/spec/to");
}

}  // namespace windlass::ops
