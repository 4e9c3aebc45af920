#include "operator/dashboard/views.h"

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/model/run_phases.h"

namespace windlass::ops {
namespace {

using kube::Json;

Json named(const Json& object) {
  return {{"namespace", kube::namespaceOf(object)}, {"name", kube::nameOf(object)}};
}

// Copies texts from `object` under the names they have in the view.
void take(Json& view, const Json& object, std::initializer_list<std::pair<const char*, const char*>> fields) {
  for (const auto& [name, pointer] : fields) view[name] = kube::stringAt(object, pointer);
}

Json cloudView(const Json& cloud) {
  Json view = named(cloud);
  take(view, cloud,
       {{"release", "/status/release"},
        {"wanted", "/spec/release"},
        {"waitingFor", "/status/waitingFor"},
        {"plan", "/status/plan"}});
  const auto* ready = kube::findCondition(cloud, "Ready");
  view["ready"] = ready != nullptr ? kube::stringAt(*ready, "/status") : "Unknown";
  view["message"] = ready != nullptr ? kube::stringAt(*ready, "/message") : "";
  view["services"] = Json::array();
  if (const Json* services = kube::find(cloud, "/status/services"); services != nullptr && services->is_object())
    for (const auto& [name, service] : services->items())
      view["services"].push_back({{"name", name},
                                  {"ready", kube::intAt(service, "/readyReplicas")},
                                  {"replicas", kube::intAt(service, "/replicas")}});
  return view;
}

Json planView(const Json& plan) {
  Json view = named(plan);
  take(view, plan, {{"cloud", "/spec/cloud"}, {"from", "/spec/from"}});
  view["to"] = aimOf(plan);
  view["steps"] = kube::arrayAt(plan, "/spec/steps").size();
  view["seconds"] = kube::intAt(plan, "/spec/seconds");
  return view;
}

Json runLine(const Json& run) {
  Json view = named(run);
  take(view, run, {{"plan", "/spec/plan"}, {"phase", "/status/phase"}, {"message", "/status/message"}});
  view["mode"] = kube::stringAt(run, "/status/mode", "Planned");
  return view;
}

Json stepView(const StepOfRun& step) {
  return {{"id", step.id},       {"summary", step.summary},   {"status", step.status}, {"evidence", step.evidence},
          {"begun", step.begun}, {"estimate", step.estimate}, {"ended", step.ended}};
}

Json phaseViews(const Json& run, const Json& plan) {
  Json phases = Json::array();
  for (const PhaseOfRun& phase : phasesOf(plan, run)) {
    Json steps = Json::array();
    for (const StepOfRun& step : phase.steps) steps.push_back(stepView(step));
    phases.push_back({{"name", phase.name}, {"steps", std::move(steps)}});
  }
  return phases;
}

// Without what only the operator reads.
Json canaryView(const Json& run) {
  const Json* canary = kube::find(run, "/status/canary");
  if (canary == nullptr || !canary->is_object() || kube::stringAt(*canary, "/component").empty()) return {};
  Json view = *canary;
  view.erase("kept");
  return view;
}

}  // namespace

Json overviewOf(const std::vector<Json>& clouds, const std::vector<Json>& plans, const std::vector<Json>& runs) {
  Json view = {{"clouds", Json::array()}, {"plans", Json::array()}, {"runs", Json::array()}};
  for (const Json& cloud : clouds) view["clouds"].push_back(cloudView(cloud));
  for (const Json& plan : plans) view["plans"].push_back(planView(plan));
  for (const Json& run : runs) view["runs"].push_back(runLine(run));
  return view;
}

Json runViewOf(const Json& run, const Json& plan) {
  Json view = runLine(run);
  take(view, run, {{"waitingFor", "/status/waitingFor"}, {"why", "/status/why"}, {"cursor", "/status/cursor"}});
  view["actions"] = kube::arrayAt(run, "/status/actions");
  view["phases"] = phaseViews(run, plan);
  view["canary"] = canaryView(run);
  view["of"] = plan.is_null() ? Json() : planView(plan);
  if (!plan.is_null()) view["of"]["pointOfNoReturn"] = kube::stringAt(plan, "/spec/pointOfNoReturn");
  return view;
}

}  // namespace windlass::ops
