#include "operator/results/grid.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace windlass::ops {
namespace {

// As numbers where they are: build 10 is newer than build 9.
bool isNewer(const Build& a, const Build& b) {
  return std::tuple(a.started, a.number.size(), a.number) > std::tuple(b.started, b.number.size(), b.number);
}

void keepNewest(std::vector<Build>& builds, std::size_t newest) {
  std::sort(builds.begin(), builds.end(), [](const Build& a, const Build& b) {
    return a.installation != b.installation ? a.installation < b.installation : isNewer(a, b);
  });
  std::map<std::string, std::size_t> kept;
  std::erase_if(builds, [&](const Build& build) { return ++kept[build.installation] > newest; });
}

bool hasFailure(const GridRow& row) {
  return std::any_of(row.cells.begin(), row.cells.end(), [](const auto& cell) { return cell == Outcome::Failed; });
}

void takeCase(GridRow& row, std::size_t column, const TestCase& test) {
  auto& cell = row.cells[column];
  if (cell != Outcome::Failed) cell = test.outcome;
  if (test.outcome == Outcome::Failed && row.message.empty()) row.message = test.message;
}

Grid gridOf(const std::string& job, std::vector<Build> builds) {
  Grid grid{job, std::move(builds), {}};
  std::map<std::string, GridRow> rows;
  for (std::size_t column = 0; column < grid.columns.size(); ++column) {
    for (const TestCase& test : grid.columns[column].cases) {
      GridRow& row = rows[test.name];
      row.test = test.name;
      row.cells.resize(grid.columns.size());
      takeCase(row, column, test);
    }
    grid.columns[column].cases.clear();
  }
  for (auto& [name, row] : rows) grid.rows.push_back(std::move(row));
  std::stable_partition(grid.rows.begin(), grid.rows.end(), &hasFailure);
  return grid;
}

const char* wordOf(const std::optional<Outcome>& cell) {
  if (!cell) return nullptr;
  return *cell == Outcome::Passed ? "passed" : *cell == Outcome::Failed ? "failed" : "skipped";
}

}  // namespace

std::vector<Grid> merge(std::vector<Build> builds, std::size_t newest) {
  std::map<std::string, std::vector<Build>> jobs;
  for (Build& build : builds) jobs[build.job].push_back(std::move(build));
  std::vector<Grid> grids;
  for (auto& [job, of] : jobs) {
    keepNewest(of, newest);
    grids.push_back(gridOf(job, std::move(of)));
  }
  return grids;
}

kube::Json gridJson(const std::vector<Grid>& grids) {
  kube::Json jobs = kube::Json::array();
  for (const Grid& grid : grids) {
    kube::Json job = {{"job", grid.job}, {"builds", kube::Json::array()}, {"tests", kube::Json::array()}};
    for (const Build& build : grid.columns)
      job["builds"].push_back({{"installation", build.installation},
                               {"build", build.number},
                               {"started", build.started},
                               {"finished", build.finished},
                               {"result", build.result},
                               {"version", build.version}});
    for (const GridRow& row : grid.rows) {
      kube::Json cells = kube::Json::array();
      for (const auto& cell : row.cells) cells.push_back(cell ? kube::Json(wordOf(cell)) : kube::Json());
      job["tests"].push_back({{"name", row.test}, {"outcomes", cells}, {"message", row.message}});
    }
    jobs.push_back(std::move(job));
  }
  return {{"jobs", jobs}};
}

}  // namespace windlass::ops
