// Which runs are simulated, and how a failing one is made small.
#include <algorithm>
#include <array>
#include <random>

#include "operator/simulate/simulator.h"

namespace windlass::ops {
namespace {

struct FaultName {
  const char* name;
  const char* tale;
};
constexpr std::array<FaultName, kFaultKinds> kFaults = {{{"CrashBefore", "the operator dies before the act"},
                                                         {"CrashAfter", "the operator dies after the act"},
                                                         {"Timeout", "it hangs"},
                                                         {"ExitCode", "it ends with an error"},
                                                         {"LostLease", "the lease is lost before the act"},
                                                         {"PodLoss", "its pod is lost in the middle"},
                                                         {"Database", "the database fails over"},
                                                         {"BadCanary", "the canary is bad"},
                                                         {"Pause", "a person pauses"},
                                                         {"Rollback", "a person rolls back"},
                                                         {"Drift", "the cloud's spec changes"},
                                                         {"Restore", "a person asks for the backups"},
                                                         {"UndoCrashBefore", "the operator dies before taking back"},
                                                         {"UndoCrashAfter", "the operator dies after taking back"},
                                                         {"UndoFails", "taking back fails"}}};

constexpr std::array kUndoFaults = {FaultKind::UndoCrashBefore, FaultKind::UndoCrashAfter, FaultKind::UndoFails};

constexpr std::size_t kTold = 14;

bool fails(const ModelWorld& world, const SimulationCase& what, StepMachine machine) {
  return !simulateRun(world, what, machine).broken.empty();
}

}  // namespace

std::string_view toString(FaultKind kind) {
  return kFaults.at(static_cast<std::size_t>(kind)).name;
}

std::string_view tellOf(FaultKind kind) {
  return kFaults.at(static_cast<std::size_t>(kind)).tale;
}

std::vector<SimulationCase> everyCase(const ModelWorld& world) {
  const std::vector<Step>& steps = world.plan->steps;
  std::vector<SimulationCase> out = {{}};
  for (std::size_t step = 0; step < steps.size(); ++step) {
    for (int kind = 0; kind < static_cast<int>(FaultKind::UndoCrashBefore); ++kind) {
      for (const bool back : {false, true}) out.push_back({{{step, static_cast<FaultKind>(kind)}}, back});
    }
  }
  const std::size_t last = std::min(world.plan->pointOfNoReturn, steps.size()) - 1;
  for (std::size_t step = 0; step <= last; ++step) {
    if (steps[step].undo != Undo::Reverse) continue;
    for (const FaultKind kind : kUndoFaults) out.push_back({{{last, FaultKind::Rollback}, {step, kind}}, false});
    out.push_back({{{step, FaultKind::BadCanary}, {step, FaultKind::UndoCrashBefore}}, false});
  }
  out.push_back({{}, false, true});
  for (std::size_t step = 0; step < steps.size(); ++step) {
    if (steps[step].undo != Undo::Reverse && !needsBackup(steps[step])) continue;
    for (const FaultKind kind : kUndoFaults) out.push_back({{{step, kind}}, false, true});
  }
  return out;
}

SimulationCase randomCase(const ModelWorld& world, std::uint64_t seed) {
  std::mt19937_64 chance(seed);
  const auto below = [&](std::uint64_t limit) { return static_cast<std::size_t>(chance() % limit); };
  SimulationCase out;
  const std::size_t count = 1 + below(4);
  for (std::size_t i = 0; i < count; ++i)
    out.faults.push_back({below(world.steps.size()), static_cast<FaultKind>(below(kFaultKinds))});
  out.prefersRollback = below(2) == 1;
  out.restoresAtEnd = below(4) == 0;
  return out;
}

SimulationFailure explainFailure(const ModelWorld& world, SimulationCase what, StepMachine machine) {
  for (std::size_t i = 0; i < what.faults.size();) {
    SimulationCase smaller = what;
    smaller.faults.erase(smaller.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (fails(world, smaller, machine)) {
      what = smaller;
      i = 0;
    } else {
      ++i;
    }
  }
  std::vector<std::string> lines;
  SimulationFailure out{what, simulateRun(world, what, machine, &lines).broken, ""};
  out.story = "Plan " + world.plan->from + " -> " + world.plan->to + ", law broken: " + out.broken + "\nFaults:\n";
  for (const Fault& fault : what.faults)
    out.story += "  " + std::string(tellOf(fault.kind)) + " at " + world.plan->steps[fault.step].id + "\n";
  if (what.faults.empty()) out.story += "  none\n";
  out.story += "What happened, at the end:\n";
  const std::size_t from = lines.size() > kTold ? lines.size() - kTold : 0;
  for (std::size_t i = from; i < lines.size(); ++i) out.story += lines[i] + "\n";
  return out;
}

}  // namespace windlass::ops
