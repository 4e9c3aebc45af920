#pragma once
// A plan for people.
#include "operator/plan/plan.h"

namespace windlass::ops {

// One line a step: number, phase, step, old code, undo, time, what.
std::string showTable(const UpgradePlan& plan);
// Phases, services, steps with commands, needs, hazards.
std::string showTree(const UpgradePlan& plan);
// A lane a service, a box a step, the point of no return as a line. A complete document without scripts or links.
std::string showSvg(const UpgradePlan& plan);

// "45 s", "12 min", "3 h 20 min".
std::string duration(int seconds);

}  // namespace windlass::ops
