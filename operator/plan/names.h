#pragma once
// The words of a plan's JSON and their values.
#include <optional>

#include "operator/plan/plan.h"

namespace windlass::ops {

std::optional<StepPhase> phaseNamed(std::string_view name);
std::optional<StepKind> kindNamed(std::string_view name);
std::optional<Undo> undoNamed(std::string_view name);
std::vector<std::string> phaseNames();
std::vector<std::string> kindNames();
std::vector<std::string> undoNames();

}  // namespace windlass::ops
