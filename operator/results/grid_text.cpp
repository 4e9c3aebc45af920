#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/results/grid.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kColumn = 6;  // "12-31 " and marks under it

std::string dayOf(std::int64_t seconds) {
  return fmt::format("{:%m-%d}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

const char* markOf(const std::optional<Outcome>& cell) {
  if (!cell) return "·";
  return *cell == Outcome::Passed ? "✓" : *cell == Outcome::Failed ? "✗" : "-";
}

const char* markOf(const Build& build) {
  if (build.result.empty()) return "…";
  return build.result == "SUCCESS" ? "✓" : build.result == "ABORTED" ? "-" : "✗";
}

// The columns of one installation.
struct Group {
  std::size_t first, end;
};

std::vector<Group> groupsOf(const Grid& grid) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < grid.columns.size();) {
    std::size_t end = i;
    while (end < grid.columns.size() && grid.columns[end].installation == grid.columns[i].installation) ++end;
    groups.push_back({i, end});
    i = end;
  }
  return groups;
}

// The last column of an installation is as wide as its name needs.
std::vector<std::size_t> widthsOf(const Grid& grid) {
  std::vector<std::size_t> widths(grid.columns.size(), kColumn);
  for (const Group& group : groupsOf(grid)) {
    const std::size_t room = (group.end - group.first) * kColumn;
    const std::size_t needed = grid.columns[group.first].installation.size() + 1;
    if (needed > room) widths[group.end - 1] += needed - room;
  }
  return widths;
}

// `columns` is how wide the text is: a mark is several bytes.
std::string padded(const std::string& text, std::size_t columns, std::size_t width) {
  return text + std::string(width > columns ? width - columns : 0, ' ');
}

std::string line(const std::string& title, std::size_t width, const std::vector<std::string>& cells) {
  std::string out = fmt::format("  {:<{}}  ", title, width) + fmt::format("{}", fmt::join(cells, ""));
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::vector<std::string> installationCells(const Grid& grid, const std::vector<std::size_t>& widths) {
  std::vector<std::string> cells;
  for (const Group& group : groupsOf(grid)) {
    const std::string& name = grid.columns[group.first].installation;
    std::size_t width = 0;
    for (std::size_t i = group.first; i < group.end; ++i) width += widths[i];
    cells.push_back(padded(name, name.size(), width));
  }
  return cells;
}

// "fails in berlin, geneva"; "fails in berlin, passes in geneva"; "by turns in berlin".
std::string whereItFails(const Grid& grid, const GridRow& row) {
  std::set<std::string> failing, passing, turning;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (row.cells[i] == Outcome::Failed) failing.insert(grid.columns[i].installation);
    if (row.cells[i] == Outcome::Passed) passing.insert(grid.columns[i].installation);
  }
  std::set_intersection(failing.begin(), failing.end(), passing.begin(), passing.end(),
                        std::inserter(turning, turning.end()));
  for (const std::string& name : turning) {
    failing.erase(name);
    passing.erase(name);
  }
  std::vector<std::string> words;
  const auto say = [&words](const char* what, const std::set<std::string>& names) {
    if (!names.empty()) words.push_back(fmt::format("{} {}", what, fmt::join(names, ", ")));
  };
  say("always fails in", failing);
  say("by turns in", turning);
  say("always passes in", passing);
  return fmt::format("{}", fmt::join(words, "; "));
}

std::string textOf(const Grid& grid) {
  std::size_t width = std::string_view("day (UTC)").size();
  for (const GridRow& row : grid.rows) width = std::max(width, row.test.size());
  const std::vector<std::size_t> widths = widthsOf(grid);
  std::vector<std::string> numbers, days, results;
  for (std::size_t i = 0; i < grid.columns.size(); ++i) {
    const Build& build = grid.columns[i];
    const std::size_t from = build.number.size() < kColumn ? 0 : build.number.size() - (kColumn - 1);
    const std::string number = build.number.substr(from), day = dayOf(build.started);  // a number's end tells it apart
    numbers.push_back(padded(number, number.size(), widths[i]));
    days.push_back(padded(day, day.size(), widths[i]));
    results.push_back(padded(markOf(build), 1, widths[i]));
  }
  std::string out = "job " + grid.job + "\n";
  out += line("", width, installationCells(grid, widths)) + line("build", width, numbers) +
         line("day (UTC)", width, days) + line("result", width, results);
  for (const GridRow& row : grid.rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) cells.push_back(padded(markOf(row.cells[i]), 1, widths[i]));
    out += line(row.test, width, cells);
  }
  for (const GridRow& row : grid.rows) {
    const bool fails =
        std::any_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return cell == Outcome::Failed; });
    if (!fails) break;  // they stand first
    out +=
        fmt::format("  {}: {}{}\n", row.test, whereItFails(grid, row), row.message.empty() ? "" : ": " + row.message);
  }
  return out;
}

}  // namespace

std::string gridText(const std::vector<Grid>& grids) {
  std::string out;
  for (const Grid& grid : grids) out += (out.empty() ? "" : "\n") + textOf(grid);
  return out;
}

}  // namespace windlass::ops
