#pragma once
// An UpgradeRun along its plan: every step with what is planned and what is known of it, phase by phase. Pure.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

struct StepOfRun {
  std::string id, phase, summary, status, evidence;  // status "": not begun
  std::int64_t estimate = 0;                         // seconds
  std::int64_t begun = 0, ended = 0;                 // seconds since 1970; 0: not yet

  bool isBegun() const { return !status.empty() && status != "Pending"; }
  bool isOver() const { return status == "Done" || status == "Undone"; }
  bool isInWork() const { return isBegun() && !isOver() && status != "Failed"; }
};

struct PhaseOfRun {
  std::string name;
  std::vector<StepOfRun> steps;
};

// id -> the entry in status.steps. Refers to `run`.
std::map<std::string, const kube::Json*> begunSteps(const kube::Json& run);

// In the order of the plan. Steps that no plan has (`plan` null: it is not there any more) follow as phase "Begun", in
// the order they were begun.
std::vector<PhaseOfRun> phasesOf(const kube::Json& plan, const kube::Json& run);

// What the UpgradePlan leads to, for people: "2025.2", or "new settings" when the release stays.
std::string aimOf(const kube::Json& plan);

}  // namespace windlass::ops
