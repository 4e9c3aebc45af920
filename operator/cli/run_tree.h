#pragma once
// An UpgradeRun beside its plan as a tree of phases and steps, and what is new in it since another look. Pure.
#include <cstdint>
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

struct TreeStyle {
  std::int64_t now = 0;     // seconds since 1970
  std::size_t columns = 0;  // longer lines are cut; 0: none is
  std::size_t rows = 0;     // fewer steps are shown around the one in work until it fits, then the end is cut; 0: any
};

// Phases that are over and those to come are a line each, with their time; the one in work has its steps, with the time
// of each beside its estimate. Then the canary with its numbers, what is waited for and what may be done. `plan` is the
// UpgradePlan object of the run; null (not there any more): the steps that were begun stand alone.
std::string runTree(const kube::Json& plan, const kube::Json& run, const TreeStyle& style);

// One line for each step that began, ended or turned back, for another mode, share or verdict of a canary.
std::vector<std::string> newsOf(const kube::Json& before, const kube::Json& after);

// "1 h 05 min", "3 min 20 s", "12 s".
std::string durationText(std::int64_t seconds);

}  // namespace windlass::ops
