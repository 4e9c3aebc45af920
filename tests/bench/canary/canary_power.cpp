// False alarms, power and time to detection of the default CanaryPolicy, by simulation: `canary-power FOLDER [RUNS]`
// writes FOLDER/canary-power.md (tables) and FOLDER/canary-power.svg. Seeded: the same numbers each time.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <vector>

#include <fmt/format.h>

#include "simulation.h"

namespace windlass::ops::sim {
namespace {

const std::vector<double> kRates = {20, 100, 500};  // requests a second of the whole service

struct Cell {
  const Scenario* scenario = nullptr;
  double rate = 0;
  std::vector<Outcome> outcomes;

  std::size_t count(CanaryPhase phase) const {
    return static_cast<std::size_t>(
        std::count_if(outcomes.begin(), outcomes.end(), [&](const Outcome& o) { return o.phase == phase; }));
  }
  // Of the runs that ended as expected; seconds.
  std::vector<double> times() const {
    std::vector<double> out;
    for (const Outcome& o : outcomes) {
      if (o.phase == (scenario->good ? CanaryPhase::Passed : CanaryPhase::Failed)) out.push_back(o.seconds);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  double mean(double Outcome::*field) const {
    double sum = 0;
    for (const Outcome& o : outcomes) sum += o.*field;
    return sum / static_cast<double>(outcomes.size());
  }
};

double quantile(const std::vector<double>& sorted, double q) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

std::vector<Cell> simulate(std::size_t runs) {
  std::vector<Cell> out;
  for (const double rate : kRates) {
    for (const Scenario& scenario : scenarios()) {
      Cell cell{&scenario, rate, {}};
      const Load load{.requestsPerSecond = rate, .windowSeconds = 5, .syntheticEverySeconds = 5};
      // Good ones are what the false alarms are counted on: five times as many.
      const std::size_t count = scenario.good ? 5 * runs : runs;
      for (std::size_t seed = 1; seed <= count; ++seed) cell.outcomes.push_back(run({}, scenario, load, seed));
      std::cerr << fmt::format("{:>4.0f}/s {}: {} of {} failed\n", rate, scenario.name, cell.count(CanaryPhase::Failed),
                               cell.outcomes.size());
      out.push_back(std::move(cell));
    }
  }
  return out;
}

std::string table(const std::vector<Cell>& cells, bool good) {
  std::string out =
      good ? "| good canary | requests/s | runs | rejected | undecided | passed, median s | p95 s |\n"
           : "| fault | requests/s | runs | caught | median s | p95 s | canary requests | failed by it |\n";
  out += good ? "|---|---|---|---|---|---|---|\n" : "|---|---|---|---|---|---|---|---|\n";
  for (const Cell& cell : cells) {
    if (cell.scenario->good != good) continue;
    const std::vector<double> times = cell.times();
    out += fmt::format("| {} | {:.0f} | {} | {} | ", cell.scenario->name, cell.rate, cell.outcomes.size(),
                       cell.count(CanaryPhase::Failed));
    if (good) out += fmt::format("{} | ", cell.count(CanaryPhase::Inconclusive));
    out += fmt::format("{:.0f} | {:.0f} |", quantile(times, 0.5), quantile(times, 0.95));
    if (!good)
      out +=
          fmt::format(" {:.0f} | {:.1f} |", cell.mean(&Outcome::canaryRequests), cell.mean(&Outcome::failedByCanary));
    out += "\n";
  }
  return out;
}

// Median and 5 to 95 % of the time to detection, a row a fault, time on a logarithmic axis.
class Plot {
 public:
  std::string draw(const std::vector<Cell>& cells) {
    std::string rows;
    const std::vector<std::string> colours = {"#b45309", "#1d4ed8", "#047857"};
    int row = 0;
    for (const Scenario& scenario : scenarios()) {
      if (scenario.good) continue;
      const double y = kTop + 44.0 * row++;
      rows += fmt::format("<text x=\"10\" y=\"{:.0f}\">{}</text>\n", y + 5, scenario.name);
      for (const Cell& cell : cells) {
        if (cell.scenario != &scenario) continue;
        const auto index =
            static_cast<std::size_t>(std::find(kRates.begin(), kRates.end(), cell.rate) - kRates.begin());
        rows += bar(cell.times(), y + 11.0 * (static_cast<double>(index) - 1), colours[index]);
      }
    }
    const double height = kTop + 44.0 * row + 30;
    std::string out = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 {0:.0f}\" font-family=\"sans-serif\" "
        "font-size=\"13\">\n"
        "<rect width=\"900\" height=\"{0:.0f}\" fill=\"white\"/>\n"
        "<text x=\"10\" y=\"20\" font-weight=\"bold\">From the first canary request to the verdict: median, 5 to 95 "
        "%</text>\n",
        height);
    out += axis(height - 30);
    for (std::size_t i = 0; i < kRates.size(); ++i) {
      out += fmt::format("<text x=\"{}\" y=\"40\" fill=\"{}\">{:.0f} requests/s</text>\n", 200 + 150 * i, colours[i],
                         kRates[i]);
    }
    return out + rows + "</svg>\n";
  }

 private:
  static constexpr double kTop = 85;

  static double x(double seconds) { return 200 + 190 * std::log10(std::clamp(seconds, 1.0, 4000.0)); }

  static std::string axis(double bottom) {
    std::string out;
    for (const double seconds : {1.0, 5.0, 10.0, 60.0, 300.0, 600.0, 1800.0, 3600.0}) {
      out += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"60\" y2=\"{1:.0f}\" stroke=\"#ddd\"/>"
          "<text x=\"{0:.1f}\" y=\"{2:.0f}\" text-anchor=\"middle\">{3:.0f} s</text>\n",
          x(seconds), bottom, bottom + 18, seconds);
    }
    return out;
  }

  static std::string bar(const std::vector<double>& times, double y, const std::string& colour) {
    if (times.empty()) return "";
    return fmt::format(
        "<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" stroke-width=\"3\"/>"
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\"/>\n",
        x(quantile(times, 0.05)), x(quantile(times, 0.95)), y, y, colour, x(quantile(times, 0.5)), y, colour);
  }
};

int write(const std::string& folder, std::size_t runs) {
  const std::vector<Cell> cells = simulate(runs);
  std::size_t good = 0, rejected = 0;
  for (const Cell& cell : cells) {
    if (!cell.scenario->good) continue;
    good += cell.outcomes.size();
    rejected += cell.count(CanaryPhase::Failed);
  }
  std::ofstream text(folder + "/canary-power.md");
  text << "# Canary analysis: false alarms, power, time\n"
          "Written by `build/release/bin/canary-power docs` (tests/bench/canary); do not edit. Simulated with fixed "
          "seeds at "
          "the default\npolicy: windows of 5 s, a base error rate of 0.05 %, log-normal latency (median 60 ms), and "
          "every "
          "three minutes or so a shock in\nwhich a tenth of all requests fails on both sides. Times count from the "
          "first "
          "canary request.\n\n";
  text << fmt::format("False alarms: {} of {} good canaries.\n\n", rejected, good) << table(cells, true) << "\n"
       << table(cells, false) << "\n![time to detection](canary-power.svg)\n";
  std::ofstream(folder + "/canary-power.svg") << Plot().draw(cells);
  return text ? 0 : 1;
}

}  // namespace
}  // namespace windlass::ops::sim

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: canary-power FOLDER [RUNS]\n";
    return 2;
  }
  const int runs = count > 2 ? std::atoi(arguments[2]) : 200;
  return windlass::ops::sim::write(arguments[1], static_cast<std::size_t>(std::max(1, runs)));
}
