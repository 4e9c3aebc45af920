// The simulator can fail: step machines with one defect each are all found out.
#include <gtest/gtest.h>

#include "mutants.h"
#include "plan_fixture.h"

namespace windlass::ops::test {
namespace {

// The first case of any hop in which a machine breaks a law.
std::optional<SimulationFailure> firstFailure(StepMachine machine) {
  for (const auto& [from, to] : legalHops()) {
    const UpgradePlan plan = planned(from, to);
    const ModelWorld world = ModelWorld::of(realCatalog(), plan);
    for (const SimulationCase& what : everyCase(world)) {
      if (!simulateRun(world, what, machine).broken.empty()) return explainFailure(world, what, machine);
    }
  }
  return std::nullopt;
}

TEST(Mutation, ThereAreAtLeastFifteenDefects) {
  EXPECT_GE(mutants().size(), 15U);
}

TEST(Mutation, EveryDefectIsFoundOutAndToldAsAStoryOfFewFaults) {
  for (const Mutant& mutant : mutants()) {
    const auto failure = firstFailure(mutant.machine);
    ASSERT_TRUE(failure) << "not found out: " << mutant.defect;
    EXPECT_LE(failure->shrunk.faults.size(), 2U) << mutant.defect;
    EXPECT_NE(failure->story.find(failure->broken), std::string::npos);
    for (const Fault& fault : failure->shrunk.faults) {
      EXPECT_NE(failure->story.find(tellOf(fault.kind)), std::string::npos) << failure->story;
    }
  }
}

}  // namespace
}  // namespace windlass::ops::test
