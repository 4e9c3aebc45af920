#pragma once
// Walks a plan with the real step machine through the model cloud, with faults. Pure and deterministic: the clock is a
// number, chance is a seed.
#include <functional>
#include <string>
#include <vector>

#include "operator/execute/step_machine.h"
#include "operator/simulate/fault.h"
#include "operator/simulate/model_cloud.h"

namespace windlass::ops {

using StepMachine = Transition (*)(const UpgradePlan&, Run, const Event&);

struct SimulatedRun {
  std::string broken;  // the law that was broken, "" when all held
  RunMode end = RunMode::Planned;
  int transitions = 0;
};

struct SimulationCase {
  std::vector<Fault> faults;
  bool prefersRollback = false;  // what the person does when the run has Failed and back is possible as well
  bool restoresAtEnd = false;    // a person asks for the backups when the run is Done
};

// `story` gets a line for each event and effect.
SimulatedRun simulateRun(const ModelWorld& world, const SimulationCase& what, StepMachine machine,
                         std::vector<std::string>* story = nullptr);

// Every step with every fault, one at a time, with both reactions to a failure; every rollback, and every
// restore of a run that is over, with a fault in it.
std::vector<SimulationCase> everyCase(const ModelWorld& world);
// One to four faults anywhere.
SimulationCase randomCase(const ModelWorld& world, std::uint64_t seed);

struct SimulationFailure {
  SimulationCase shrunk;  // no fault can be left out
  std::string broken;
  std::string story;  // what happened, for a person
};

// Leaves faults out as long as the run still fails, and tells what is left.
SimulationFailure explainFailure(const ModelWorld& world, SimulationCase what, StepMachine machine);

}  // namespace windlass::ops
