#include "operator/plan/names.h"

#include <array>

namespace windlass::ops {
namespace {

constexpr std::array kPhases = {"Preflight", "Backup", "Expand",        "OldCodeProbe", "Canary",  "Rollout",
                                "Computes",  "Unpin",  "OnlineMigrate", "Soak",         "Contract"};
constexpr std::array kKinds = {"Gate",   "Check", "Online", "Backup", "Schema", "Probe", "Pin",     "Unpin",
                               "Canary", "Roll",  "Stop",   "Start",  "Ring",   "Soak",  "Approve", "Finish"};
constexpr std::array kUndos = {"Nothing", "Keep", "Reverse", "Restore"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<const char*, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

template <std::size_t N>
std::vector<std::string> all(const std::array<const char*, N>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

std::string_view toString(StepPhase phase) {
  return kPhases.at(static_cast<std::size_t>(phase));
}
std::string_view toString(StepKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}
std::string_view toString(Undo undo) {
  return kUndos.at(static_cast<std::size_t>(undo));
}

std::optional<StepPhase> phaseNamed(std::string_view name) {
  return named<StepPhase>(kPhases, name);
}
std::optional<StepKind> kindNamed(std::string_view name) {
  return named<StepKind>(kKinds, name);
}
std::optional<Undo> undoNamed(std::string_view name) {
  return named<Undo>(kUndos, name);
}

std::vector<std::string> phaseNames() {
  return all(kPhases);
}
std::vector<std::string> kindNames() {
  return all(kKinds);
}
std::vector<std::string> undoNames() {
  return all(kUndos);
}

}  // namespace windlass::ops
