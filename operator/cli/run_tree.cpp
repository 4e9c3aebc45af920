#include "operator/cli/run_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/cli/run_text.h"
#include "operator/model/run_phases.h"

namespace windlass::ops {
namespace {

using kube::Json;

constexpr std::size_t kAround = 6;  // steps shown before the one in work, and after it, in its phase

const char* markOf(const StepOfRun& step) {
  if (step.status == "Done") return "✓";
  if (step.status == "Undone") return "↩";
  if (step.status == "Failed") return "✗";
  return step.isBegun() ? "▸" : "·";
}

// "7 s"; in work "23 s of about 1 min 30 s"; to come "about 10 s".
std::string timeOf(const StepOfRun& step, std::int64_t now) {
  const std::string about = step.estimate > 0 ? "about " + durationText(step.estimate) : "";
  if (!step.isBegun() || step.begun == 0) return about;
  if (!step.isInWork() && step.ended >= step.begun) return durationText(step.ended - step.begun);
  const std::string so = durationText(std::max<std::int64_t>(0, now - step.begun));
  return about.empty() ? so : so + " of " + about;
}

std::int64_t spent(const PhaseOfRun& phase, std::int64_t now) {
  std::int64_t first = 0, last = 0;
  for (const StepOfRun& step : phase.steps) {
    if (step.begun == 0) continue;
    first = first == 0 ? step.begun : std::min(first, step.begun);
    last = std::max(last, step.isInWork() || step.ended == 0 ? now : step.ended);
  }
  return std::max<std::int64_t>(0, last - first);
}

std::int64_t left(const PhaseOfRun& phase, std::int64_t now) {
  std::int64_t seconds = 0;
  for (const StepOfRun& step : phase.steps) {
    if (!step.isBegun()) seconds += step.estimate;
    if (step.isInWork()) seconds += std::max<std::int64_t>(0, step.estimate - (now - step.begun));
  }
  return seconds;
}

bool isOver(const PhaseOfRun& phase) {
  return std::all_of(phase.steps.begin(), phase.steps.end(), [](const StepOfRun& step) { return step.isOver(); });
}

bool isOpen(const PhaseOfRun& phase) {
  const bool begun =
      std::any_of(phase.steps.begin(), phase.steps.end(), [](const StepOfRun& step) { return step.isBegun(); });
  return begun && !isOver(phase);
}

std::string phaseLine(const PhaseOfRun& phase, std::int64_t now) {
  const std::string count = fmt::format("{} step{}", phase.steps.size(), phase.steps.size() == 1 ? "" : "s");
  if (isOver(phase)) return fmt::format("{} {}  {}, {}\n", "✓", phase.name, count, durationText(spent(phase, now)));
  const auto over =
      std::count_if(phase.steps.begin(), phase.steps.end(), [](const StepOfRun& step) { return step.isOver(); });
  if (isOpen(phase))
    return fmt::format("▸ {}  {} of {}, {}, about {} left\n", phase.name, over, count, durationText(spent(phase, now)),
                       durationText(left(phase, now)));
  return fmt::format("· {}  {}, about {}\n", phase.name, count, durationText(left(phase, now)));
}

// The steps of an open phase around the first that is not over.
std::string stepLines(const PhaseOfRun& phase, const std::string& pointOfNoReturn, std::size_t around,
                      std::int64_t now) {
  const auto at = std::find_if(phase.steps.begin(), phase.steps.end(), [](const auto& step) { return !step.isOver(); });
  const auto cursor = static_cast<std::size_t>(at - phase.steps.begin());
  const std::size_t from = cursor > around ? cursor - around : 0;
  const std::size_t end = std::min(phase.steps.size(), cursor + around + 1);
  std::string out = from > 0 ? fmt::format("    … {} before\n", from) : "";
  for (std::size_t i = from; i < end; ++i) {
    const StepOfRun& step = phase.steps[i];
    if (step.id == pointOfNoReturn) out += "    ── from here on only the backup leads back ──\n";
    out += fmt::format("    {} {:<44} {}\n", markOf(step), step.id, timeOf(step, now));
    if (step.status == "Failed" && !step.evidence.empty()) out += fmt::format("        {}\n", step.evidence);
  }
  if (end < phase.steps.size()) out += fmt::format("    … {} more\n", phase.steps.size() - end);
  return out;
}

// A line cut to columns, never within a character (UTF-8). Each character is taken for one column.
std::string cut(const std::string& line, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U;
    if (begins && columns++ == width) return line.substr(0, i);
  }
  return line;
}

// 0 = no bound.
std::string cutLines(const std::string& text, std::size_t columns, std::size_t rows) {
  std::string out;
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < text.size() && (rows == 0 || lines < rows); ++lines) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    out += (columns == 0 ? line : cut(line, columns)) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string titleLine(const Json& plan, const Json& run, const std::vector<PhaseOfRun>& phases, std::int64_t now) {
  std::size_t over = 0, all = 0;
  std::int64_t rest = 0;
  for (const PhaseOfRun& phase : phases) {
    all += phase.steps.size();
    over += static_cast<std::size_t>(
        std::count_if(phase.steps.begin(), phase.steps.end(), [](const StepOfRun& step) { return step.isOver(); }));
    rest += left(phase, now);
  }
  std::string out = kube::nameOf(run);
  if (!plan.is_null())
    out += fmt::format(": {} {} -> {}", kube::stringAt(plan, "/spec/cloud"), kube::stringAt(plan, "/spec/from"),
                       aimOf(plan));
  out += fmt::format(", {}, {} of {} steps", kube::stringAt(run, "/status/mode", "Planned"), over, all);
  return out + (rest > 0 ? fmt::format(", about {} left\n", durationText(rest)) : "\n");
}

std::string footer(const Json& run) {
  return titledLine("waits for", kube::stringAt(run, "/status/waitingFor")) +
         titledLine("why", kube::stringAt(run, "/status/why")) + titledLine("you may", actionsText(run));
}

std::string stepNews(const Json& step) {
  const std::string status = kube::stringAt(step, "/status"), evidence = kube::stringAt(step, "/evidence");
  const auto begun = kube::intAt(step, "/begun"), ended = kube::intAt(step, "/ended");
  std::string out = kube::stringAt(step, "/id") + ": ";
  if (status == "Intended") return out + "begins";
  out += status;
  if ((status == "Done" || status == "Failed") && ended >= begun && begun > 0)
    out += " after " + durationText(ended - begun);
  return evidence.empty() ? out : out + ": " + evidence;
}

}  // namespace

std::string durationText(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
}

std::string runTree(const Json& plan, const Json& run, const TreeStyle& style) {
  const auto phases = phasesOf(plan, run);
  const std::string pointOfNoReturn = kube::stringAt(plan, "/spec/pointOfNoReturn");
  const auto draw = [&](std::size_t around) {
    std::string out = titleLine(plan, run, phases, style.now);
    for (const PhaseOfRun& phase : phases) {
      out += "  " + phaseLine(phase, style.now);
      if (isOpen(phase)) out += stepLines(phase, pointOfNoReturn, around, style.now);
    }
    return out + canaryText(run) + footer(run);
  };
  std::size_t around = kAround;
  std::string out = draw(around);
  const auto fits = [&] { return static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) <= style.rows; };
  while (style.rows > 0 && around > 0 && !fits()) out = draw(--around);
  return cutLines(out, style.columns, style.rows);
}

std::vector<std::string> newsOf(const Json& before, const Json& after) {
  std::vector<std::string> news;
  const auto known = begunSteps(before);
  for (const Json& step : kube::arrayAt(after, "/status/steps")) {
    const auto old = known.find(kube::stringAt(step, "/id"));
    if (old == known.end() || kube::stringAt(*old->second, "/status") != kube::stringAt(step, "/status"))
      news.push_back(stepNews(step));
  }
  const auto differs = [&](const char* pointer) {
    return kube::stringAt(before, pointer) != kube::stringAt(after, pointer);
  };
  if (kube::intAt(before, "/status/canary/basisPoints") != kube::intAt(after, "/status/canary/basisPoints"))
    news.push_back(fmt::format("{}: {} % of requests go to it", kube::stringAt(after, "/status/canary/component"),
                               static_cast<double>(kube::intAt(after, "/status/canary/basisPoints")) / 100));
  if (differs("/status/canary/verdict/decision") && !kube::stringAt(after, "/status/canary/verdict/decision").empty())
    news.push_back(fmt::format("{}: {}: {}", kube::stringAt(after, "/status/canary/stage"),
                               kube::stringAt(after, "/status/canary/verdict/decision"),
                               kube::stringAt(after, "/status/canary/verdict/reason")));
  if (differs("/status/mode")) news.push_back("the run is " + kube::stringAt(after, "/status/mode", "Planned"));
  return news;
}

}  // namespace windlass::ops
