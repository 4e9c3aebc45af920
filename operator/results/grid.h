#pragma once
// Histories of several installations beside one another: a row for each test, a column for each build. Pure.
// Source of the form: https://testgrid.k8s.io.
#include <optional>

#include "kube/object/json.h"
#include "operator/results/build.h"

namespace windlass::ops {

struct GridRow {
  std::string test;
  std::vector<std::optional<Outcome>> cells;  // as many as there are columns; none: the build has no such test
  std::string message;                        // of its newest failure
};

struct Grid {
  std::string job;
  std::vector<Build> columns;  // by installation, then newest first; their cases are moved into the rows
  std::vector<GridRow> rows;   // those that failed somewhere first, then by name
};

// One grid for each job, by name. Of each installation at most `builds` newest ones of a job. A test that a build has
// several times (a retry) counts as failed when it failed once.
std::vector<Grid> merge(std::vector<Build> builds, std::size_t newest);

// For people: per job a table with ✓, ✗, - (skipped) and · (not there), then a line for each test that fails in
// several installations, in one, or by turns.
std::string gridText(const std::vector<Grid>& grids);
kube::Json gridJson(const std::vector<Grid>& grids);

}  // namespace windlass::ops
