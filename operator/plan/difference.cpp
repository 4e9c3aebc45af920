#include "operator/plan/difference.h"

#include <set>

#include "operator/plan/canonical.h"

namespace windlass::ops {
namespace {

using kube::Json;
constexpr std::size_t kShown = 120;

std::string shown(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return text;
}

// Fields that are in one of two objects or differ.
void compareFields(const std::string& what, const Json& before, const Json& after, std::vector<std::string>& lines) {
  std::set<std::string> names;
  for (const Json* side : {&before, &after}) {
    for (const auto& [name, value] : side->items()) names.insert(name);
  }
  for (const std::string& name : names) {
    const Json old = before.value(name, Json("nothing"));
    const Json now = after.value(name, Json("nothing"));
    if (old != now) lines.push_back("~ " + what + name + ": " + shown(old) + " -> " + shown(now));
  }
}

std::map<std::string, Json> stepsById(Json& plan) {
  std::map<std::string, Json> out;
  for (Json& step : plan.at("steps")) out.emplace(step.at("id").get<std::string>(), std::move(step));
  plan.erase("steps");
  return out;
}

// Ids that both plans have, in the order of one of them.
std::vector<std::string> common(const UpgradePlan& plan, const std::map<std::string, Json>& other) {
  std::vector<std::string> ids;
  for (const Step& step : plan.steps) {
    if (other.contains(step.id)) ids.push_back(step.id);
  }
  return ids;
}

}  // namespace

PlanDifference difference(const UpgradePlan& before, const UpgradePlan& after) {
  PlanDifference out;
  Json old = toJson(before);
  Json now = toJson(after);
  const std::map<std::string, Json> oldSteps = stepsById(old);
  const std::map<std::string, Json> nowSteps = stepsById(now);
  compareFields("", old, now, out.lines);
  for (const Step& step : before.steps) {
    if (!nowSteps.contains(step.id)) out.lines.push_back("- " + step.id + ": " + step.summary);
  }
  for (const Step& step : after.steps) {
    const auto found = oldSteps.find(step.id);
    if (found == oldSteps.end()) {
      out.lines.push_back("+ " + step.id + ": " + step.summary);
    } else {
      compareFields(step.id + ": ", found->second, nowSteps.at(step.id), out.lines);
    }
  }
  if (common(before, nowSteps) != common(after, oldSteps)) out.lines.emplace_back("~ the steps have another order");
  return out;
}

}  // namespace windlass::ops
