// The real step machine keeps every law in every case, on every hop of the real data.
#include "operator/simulate/simulator.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "plan_fixture.h"

namespace windlass::ops::test {
namespace {

constexpr std::uint64_t kRandomRuns = 1500;  // a hop; `windlass simulate --runs` does more

// "" or the story of the failure.
std::string storyOf(const ModelWorld& world, const SimulationCase& what) {
  if (simulateRun(world, what, next).broken.empty()) return "";
  return explainFailure(world, what, next).story;
}

class EveryHop : public testing::TestWithParam<int> {
 protected:
  EveryHop()
      : hop_(legalHops().at(static_cast<std::size_t>(GetParam()))),
        plan_(planned(hop_.first, hop_.second)),
        world_(ModelWorld::of(realCatalog(), plan_)) {}

  std::pair<std::string, std::string> hop_;
  UpgradePlan plan_;
  ModelWorld world_;
};

TEST_P(EveryHop, WithoutFaultsEndsDone) {
  EXPECT_EQ(storyOf(world_, {}), "");
  EXPECT_EQ(simulateRun(world_, {}, next).end, RunMode::Done);
}

TEST_P(EveryHop, EveryFaultAtEveryStepBreaksNoLaw) {
  for (const SimulationCase& what : everyCase(world_)) {
    const std::string story = storyOf(world_, what);
    ASSERT_EQ(story, "");
  }
}

TEST_P(EveryHop, RandomFaultsBreakNoLaw) {
  for (std::uint64_t seed = 1; seed <= kRandomRuns; ++seed) {
    const std::string story = storyOf(world_, randomCase(world_, seed));
    ASSERT_EQ(story, "") << "seed " << seed;
  }
}

TEST_P(EveryHop, ARollbackFromAnyStepBeforeThePointOfNoReturnEndsWithTheOldCloud) {
  for (std::size_t step = 0; step < plan_.pointOfNoReturn; ++step) {
    EXPECT_EQ(simulateRun(world_, {{{step, FaultKind::Rollback}}, false}, next).end, RunMode::Aborted)
        << plan_.steps[step].id;
  }
}

TEST_P(EveryHop, ARollbackAfterThePointOfNoReturnIsRefusedAndTheRunGoesOnToItsEnd) {
  for (std::size_t step = plan_.pointOfNoReturn; step < plan_.steps.size(); ++step) {
    EXPECT_EQ(simulateRun(world_, {{{step, FaultKind::Rollback}}, false}, next).end, RunMode::Done)
        << plan_.steps[step].id;
  }
}

TEST_P(EveryHop, ARestoreFromAnyStepAfterAStepWithoutReturnEndsWithTheOldCloud) {
  for (std::size_t step = plan_.pointOfNoReturn + 1; step < plan_.steps.size(); ++step) {
    EXPECT_EQ(simulateRun(world_, {{{step, FaultKind::Restore}}, false}, next).end, RunMode::Aborted)
        << plan_.steps[step].id;
  }
  EXPECT_EQ(simulateRun(world_, {{}, false, true}, next).end, RunMode::Aborted) << "of a run that is over";
}

TEST_P(EveryHop, TheSameCaseGivesTheSameStory) {
  std::vector<std::string> first, second;
  simulateRun(world_, randomCase(world_, 7), next, &first);
  simulateRun(world_, randomCase(world_, 7), next, &second);
  EXPECT_EQ(first, second);
  EXPECT_FALSE(first.empty());
}

INSTANTIATE_TEST_SUITE_P(Hops, EveryHop, testing::Range(0, static_cast<int>(legalHops().size())));

TEST(Cases, CoverEveryStepWithEveryFaultOfTheWorld) {
  const UpgradePlan plan = planned("2025.1", "2025.2");
  const ModelWorld world = ModelWorld::of(realCatalog(), plan);
  std::set<std::pair<std::size_t, FaultKind>> seen;
  for (const SimulationCase& what : everyCase(world)) {
    if (what.faults.size() == 1 && !what.restoresAtEnd) seen.emplace(what.faults[0].step, what.faults[0].kind);
  }
  EXPECT_EQ(seen.size(), plan.steps.size() * static_cast<std::size_t>(FaultKind::UndoCrashBefore));
}

// The laws do not come from the plan: a plan with a wrong order is found out.
TEST(Laws, APlanWhoseApiComesBeforeItsConductorIsFoundOut) {
  UpgradePlan plan = planned("2025.1", "2025.2");
  const std::size_t conductor = at(plan, "nova/roll/conductor");
  const std::size_t api = at(plan, "nova/roll/api");
  std::rotate(plan.steps.begin() + static_cast<std::ptrdiff_t>(conductor),
              plan.steps.begin() + static_cast<std::ptrdiff_t>(conductor) + 1,
              plan.steps.begin() + static_cast<std::ptrdiff_t>(api) + 1);
  const ModelWorld world = ModelWorld::of(realCatalog(), plan);
  EXPECT_NE(simulateRun(world, {}, next).broken.find("hard edge"), std::string::npos);
}

TEST(Laws, APlanWithoutItsSchemaStepIsFoundOut) {
  UpgradePlan plan = planned("2025.1", "2025.2");
  std::swap(plan.steps[at(plan, "keystone/schema/migrate")], plan.steps[at(plan, "keystone/roll/api")]);
  const ModelWorld world = ModelWorld::of(realCatalog(), plan);
  EXPECT_NE(simulateRun(world, {}, next).broken, "");
}

TEST(Laws, EnginesThatMeetAreFoundOut) {
  UpgradePlan plan = planned("2025.2", "2026.1");
  std::swap(plan.steps[at(plan, "heat/stop/engine")], plan.steps[at(plan, "heat/start/engine")]);
  const ModelWorld world = ModelWorld::of(realCatalog(), plan);
  EXPECT_NE(simulateRun(world, {}, next).broken.find("is not for old code"), std::string::npos);
}

TEST(Laws, ABackupThatComesTooLateIsFoundOut) {
  UpgradePlan plan = planned("2025.1", "2025.2");
  std::swap(plan.steps[at(plan, "keystone/backup")], plan.steps[at(plan, "keystone/schema/expand")]);
  const ModelWorld world = ModelWorld::of(realCatalog(), plan);
  EXPECT_NE(simulateRun(world, {}, next).broken.find("has no backup"), std::string::npos);
}

}  // namespace
}  // namespace windlass::ops::test
