// A picture: lanes and boxes.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/plan/canonical.h"
#include "operator/plan/show.h"

namespace windlass::ops {
namespace {

constexpr int kLabel = 110, kTop = 70, kLane = 34, kBox = 22, kStep = 16;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

const char* colour(const Step& step) {
  if (step.downtime) return "#c0392b";
  switch (step.kind) {
    case StepKind::Gate:
    case StepKind::Approve:
      return "#8e8e93";
    case StepKind::Check:
    case StepKind::Probe:
      return "#5b9bd5";
    case StepKind::Backup:
      return "#7f6fb0";
    case StepKind::Schema:
      return "#e08e0b";
    case StepKind::Canary:
      return "#e5c100";
    case StepKind::Online:
    case StepKind::Finish:
      return "#b5651d";
    default:
      return "#3f9c5a";
  }
}

std::string box(const Step& step, std::size_t number, int x, int y) {
  return fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"{}\"{}><title>{}. {} ({}, "
      "{})\n{}\n{}</title></rect>\n",
      x, y, kStep - 3, kBox, colour(step), step.besideOld ? "" : " stroke=\"#000\" stroke-width=\"1.5\"", number,
      escaped(step.id), toString(step.phase), duration(step.seconds), escaped(step.summary),
      escaped(fmt::format("{}", fmt::join(step.command, " "))));
}

// What changes; hovering over it shows each setting.
std::string wayOf(const UpgradePlan& plan) {
  std::string text = plan.route == kSettingsRoute ? plan.from + ", new settings" : plan.from + " → " + plan.to;
  if (!plan.changes.empty())
    text += fmt::format("<title>{}</title>", escaped(fmt::format("{}", fmt::join(plan.changes, "\n"))));
  return text;
}

std::string phaseMarks(const UpgradePlan& plan, int bottom) {
  std::string text;
  std::string_view phase;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const std::string_view now = toString(plan.steps[i].phase);
    // A phase that comes again for the next service needs no second mark.
    if (now == phase || plan.steps[i].phase == StepPhase::Backup) continue;
    const bool again = i > 0 && static_cast<int>(plan.steps[i].phase) < static_cast<int>(StepPhase::Computes) &&
                       plan.steps[i].phase != StepPhase::Preflight;
    phase = now;
    if (again) continue;
    const int x = kLabel + static_cast<int>(i) * kStep;
    text += fmt::format(
        "<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" stroke=\"#ddd\"/><text x=\"{3}\" y=\"{1}\" "
        "fill=\"#666\">{4}</text>\n",
        x - 2, kTop - 12, bottom, x, now);
  }
  return text;
}

}  // namespace

std::string showSvg(const UpgradePlan& plan) {
  std::vector<std::string> lanes = plan.services;
  lanes.emplace_back("");
  const int width = kLabel + static_cast<int>(plan.steps.size()) * kStep + 20;
  const int bottom = kTop + static_cast<int>(lanes.size()) * kLane;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"10\" y=\"22\" font-size=\"16\">{2}: {3}, "
      "{4} steps, about {5}</text>\n"
      "<text x=\"10\" y=\"38\" fill=\"#666\">{6}</text>\n",
      width, bottom + 30, escaped(plan.cloud), wayOf(plan), plan.steps.size(), duration(plan.seconds), hashOf(plan));
  text += phaseMarks(plan, bottom);
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    text += fmt::format("<text x=\"10\" y=\"{}\">{}</text>\n", kTop + static_cast<int>(lane) * kLane + 15,
                        lanes[lane].empty() ? "cloud" : escaped(lanes[lane]));
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto lane = std::find(lanes.begin(), lanes.end(), plan.steps[i].service) - lanes.begin();
    text += box(plan.steps[i], i + 1, kLabel + static_cast<int>(i) * kStep, kTop + static_cast<int>(lane) * kLane);
  }
  if (plan.pointOfNoReturn < plan.steps.size()) {
    const int x = kLabel + static_cast<int>(plan.pointOfNoReturn) * kStep - 2;
    text += fmt::format(
        "<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" stroke=\"#c0392b\" stroke-width=\"2\"/><text x=\"{0}\" "
        "y=\"{3}\" fill=\"#c0392b\" text-anchor=\"middle\">point of no return</text>\n",
        x, kTop - 8, bottom + 6, bottom + 20);
  }
  return text + "</svg>\n";
}

}  // namespace windlass::ops
