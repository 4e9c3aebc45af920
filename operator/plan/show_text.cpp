// Tables and trees.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/plan/canonical.h"
#include "operator/plan/show.h"

namespace windlass::ops {
namespace {

constexpr const char* kNoReturn = "═══ point of no return: from here on only the backup leads back ═══";

std::string undoText(const Step& step) {
  switch (step.undo) {
    case Undo::Nothing:
      return "-";
    case Undo::Keep:
      return "stays";
    case Undo::Reverse:
      return "back";
    case Undo::Restore:
      return "backup";
  }
  return "";
}

std::string what(const Step& step) {
  return step.command.empty() ? step.summary : fmt::format("{}", fmt::join(step.command, " "));
}

std::string head(const UpgradePlan& plan) {
  std::string text = fmt::format("{}: {} -> {} ({}), {} steps, about {}\n{}\n", plan.cloud, plan.from, plan.to,
                                 plan.route, plan.steps.size(), duration(plan.seconds), hashOf(plan));
  if (!plan.settingsTo.empty()) text += fmt::format("settings: {} -> {}\n", plan.settingsFrom, plan.settingsTo);
  for (const std::string& change : plan.changes) text += "changes: " + change + "\n";
  for (const std::string& assumption : plan.assumptions) text += "assumes: " + assumption + "\n";
  return text + "\n";
}

std::string tail(const UpgradePlan& plan) {
  std::string text;
  if (!plan.hazards.empty()) text += "\nHazards of this hop\n";
  for (const PlanHazard& hazard : plan.hazards) {
    text += fmt::format("  {} ({}): {}\n", hazard.id, hazard.kind, hazard.summary);
    if (!hazard.remedy.empty()) text += "    " + hazard.remedy + "\n";
  }
  for (const auto& [service, variables] : plan.environment) {
    for (const auto& [name, value] : variables)
      text += fmt::format("  {} runs with {}={} during the hop\n", service, name, value);
  }
  return text;
}

std::string details(const Step& step, const std::string& indent) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) text += indent + name + ": " + value + "\n";
  };
  line("runs", fmt::format("{}", fmt::join(step.command, " ")));
  line("image", step.image);
  line("needs", fmt::format("{}", fmt::join(step.needs, ", ")));
  line("ensures", fmt::format("{}", fmt::join(step.ensures, ", ")));
  line("touches", fmt::format("{}", fmt::join(step.touches, ", ")));
  line("impact", step.downtime ? "announced downtime: " + step.impact : step.impact);
  line("undo", step.undoHow);
  line("hazards", fmt::format("{}", fmt::join(step.hazards, ", ")));
  return text;
}

}  // namespace

std::string duration(int seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  const int minutes = (seconds + 30) / 60;
  return minutes < 120 ? fmt::format("{} min", minutes) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string showTable(const UpgradePlan& plan) {
  std::size_t width = 4;
  for (const Step& step : plan.steps) width = std::max(width, step.id.size());
  std::string text = head(plan) + fmt::format("{:>4}  {:<13} {:<{}} {:<3} {:<6} {:>10}  {}\n", "#", "PHASE", "STEP",
                                              width, "OLD", "UNDO", "TIME", "WHAT");
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (i == plan.pointOfNoReturn) text += fmt::format("      {}\n", kNoReturn);
    text += fmt::format("{:>4}  {:<13} {:<{}} {:<3} {:<6} {:>10}  {}{}\n", i + 1, toString(step.phase), step.id, width,
                        step.besideOld ? "✔" : "✘", undoText(step), duration(step.seconds), what(step),
                        step.downtime ? " [downtime]" : "");
  }
  return text + tail(plan);
}

std::string showTree(const UpgradePlan& plan) {
  std::string text = head(plan);
  std::string group;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const std::string now = fmt::format("{}{}", toString(step.phase), step.service.empty() ? "" : " " + step.service);
    if (i == plan.pointOfNoReturn) text += fmt::format("{}\n", kNoReturn);
    if (now != group) text += now + "\n";
    group = now;
    text += fmt::format("├─ {} {} ({}, {})\n│    {}\n", step.besideOld ? "✔" : "✘", step.id, toString(step.kind),
                        duration(step.seconds), step.summary);
    text += details(step, "│    ");
  }
  return text + tail(plan);
}

}  // namespace windlass::ops
