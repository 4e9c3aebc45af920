#include "operator/cli/simulate_command.h"

#include <chrono>

#include <fmt/format.h>

#include "operator/cli/everything.h"
#include "operator/cli/read_inputs.h"
#include "operator/plan/settings_plan.h"
#include "operator/simulate/simulator.h"

namespace windlass::ops {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::pair<std::string, std::string>> hopsOf(const Catalog& catalog, const SimulateFlags& flags) {
  std::vector<std::pair<std::string, std::string>> out;
  if (!flags.from.empty()) return {{flags.from, flags.to}};
  for (const auto& [id, hop] : catalog.hops) {
    if (hop.route != "forbidden") out.emplace_back(hop.from, hop.to);
  }
  return out;
}

tl::unexpected<kube::Error> failed(const ModelWorld& world, const SimulationCase& what, const std::string& origin) {
  const SimulationFailure failure = explainFailure(world, what, next);
  return kube::fail(kube::ErrorKind::Internal, origin + "\n" + failure.story);
}

kube::Result<int> walkAll(const ModelWorld& world, const SimulateFlags& flags) {
  int count = 0;
  if (flags.all) {
    for (const SimulationCase& what : everyCase(world)) {
      ++count;
      if (!simulateRun(world, what, next).broken.empty())
        return failed(world, what, "one of the cases of --all failed");
    }
  }
  for (int i = 0; i < flags.runs; ++i) {
    const std::uint64_t seed = flags.seed + static_cast<std::uint64_t>(i);
    const SimulationCase what = randomCase(world, seed);
    ++count;
    if (simulateRun(world, what, next).broken.empty()) continue;
    return failed(
        world, what,
        fmt::format("seed {} failed; again: windlass simulate --from {} --to {} --hosts {} --seed {} --runs 1", seed,
                    world.plan->from, world.plan->to, flags.hosts, seed));
  }
  return count;
}

// A line of the answer.
kube::Result<std::string> walkPlan(const Catalog& catalog, const UpgradePlan& made, const SimulateFlags& flags) {
  const ModelWorld world = ModelWorld::of(catalog, made);
  const auto start = Clock::now();
  WINDLASS_TRY_ASSIGN(const int count, walkAll(world, flags));
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const std::string way = made.route == kSettingsRoute ? made.from + " settings" : made.from + " -> " + made.to;
  return fmt::format("{}: {} steps, {} runs, every law held, {:.0f} runs/s\n", way, made.steps.size(), count,
                     count / std::max(seconds, 1e-9));
}

}  // namespace

kube::Result<std::string> simulateCommand(const SimulateFlags& flags) {
  if (flags.from.empty() != flags.to.empty())
    return kube::fail(kube::ErrorKind::Invalid, "--from and --to belong together");
  WINDLASS_TRY_ASSIGN(const Catalog catalog, readCatalogFolder(flags.catalog));
  std::string text;
  CloudFacts observed;
  observed.hosts = madeUpHosts(flags.hosts);
  for (const auto& [from, to] : hopsOf(catalog, flags)) {
    WINDLASS_TRY_ASSIGN(const UpgradePlan made,
                        plan(catalog, cloudOfEverything(catalog, from, to), {from, to}, observed));
    WINDLASS_TRY_ASSIGN(const std::string line, walkPlan(catalog, made, flags));
    text += line;
  }
  if (!flags.from.empty()) return text;
  for (const std::string& release : catalog.releaseIds()) {
    const OpenStackCloud cloud = cloudOfEverything(catalog, release, release);
    WINDLASS_TRY_ASSIGN(const UpgradePlan made,
                        planSettings(catalog, cloud, {}, changeOfEverything(catalog, cloud), observed));
    WINDLASS_TRY_ASSIGN(const std::string line, walkPlan(catalog, made, flags));
    text += line;
  }
  return text;
}

}  // namespace windlass::ops
