#include "simulation.h"

#include <cmath>
#include <random>

namespace windlass::ops::sim {
namespace {

Scenario scenario(std::string name, std::string about, Behaviour canary) {
  return {std::move(name), std::move(about), false, {}, canary, {}};
}

Behaviour with(double Behaviour::*field, double value) {
  Behaviour out;
  out.*field = value;
  return out;
}

std::vector<Scenario> makeScenarios() {
  std::vector<Scenario> out;
  out.push_back(scenario("good", "the same code", {}));
  out.back().good = true;
  out.push_back(scenario("good, 5 % slower", "inside the margins", with(&Behaviour::medianMilliseconds, 63)));
  out.back().good = true;
  out.push_back(scenario("500 to 1 of 50", "2 % of the answers are errors", with(&Behaviour::errorRate, 0.02)));
  out.push_back(scenario("500 to 1 of 10", "10 % of the answers are errors", with(&Behaviour::errorRate, 0.10)));
  out.push_back(
      scenario("3x slower", "each request takes three times as long", with(&Behaviour::medianMilliseconds, 180)));
  out.push_back(
      scenario("1.5x slower", "each request takes half as long again", with(&Behaviour::medianMilliseconds, 90)));
  out.push_back(scenario("crash after a minute", "the process ends after 60 s of traffic, again and again",
                         with(&Behaviour::crashAfterSeconds, 60)));
  out.push_back(scenario("wrong config, errors", "ready, but every request fails", with(&Behaviour::errorRate, 1)));
  out.push_back(scenario("wrong config, never ready", "the health check never passes", {}));
  out.back().canary.neverReady = true;
  out.push_back(scenario("old peer breaks", "old code fails 5 % beside the new, the new is well", {}));
  out.back().stableBesideCanary.errorRate = 0.05;
  out.push_back(
      scenario("errors in the log", "answers are well, 5 % of requests log an error", with(&Behaviour::logRate, 0.05)));
  return out;
}

// The share of requests that take at least so long.
double slowerThan(const Behaviour& behaviour, double milliseconds) {
  return 0.5 * std::erfc(std::log(milliseconds / behaviour.medianMilliseconds) / (behaviour.spread * std::sqrt(2.0)));
}

class World {
 public:
  World(const Scenario& scenario, const Load& load, std::uint64_t seed)
      : scenario_(scenario), load_(load), random_(seed) {}

  Window next(int basisPoints) {
    now_ += load_.windowSeconds;
    if (basisPoints > 0) traffic_ += load_.windowSeconds;
    updateShock();
    const std::uint64_t all = poisson(load_.requestsPerSecond * load_.windowSeconds);
    const bool away = scenario_.canary.neverReady || now_ < downUntil_;
    const std::uint64_t toCanary = away ? 0 : binomial(all, basisPoints / 10000.0);
    const Behaviour& stable = basisPoints > 0 ? scenario_.stableBesideCanary : scenario_.stable;
    Window out;
    out.seconds = load_.windowSeconds;
    out.canary.health.available = !away;
    out.canary.counts = serve(scenario_.canary, toCanary);
    out.stable.counts = serve(stable, all - toCanary);
    crash(basisPoints, out.canary);
    // The canary gets nothing at all in the baseline.
    if (basisPoints > 0) synthetic(scenario_.canary, away, out.canary.health);
    synthetic(stable, false, out.stable.health);
    return out;
  }

  double traffic() const { return traffic_; }

 private:
  std::uint64_t poisson(double mean) { return std::poisson_distribution<std::uint64_t>(mean)(random_); }
  std::uint64_t binomial(std::uint64_t n, double p) {
    if (n == 0 || p <= 0) return 0;
    return p >= 1 ? n : std::binomial_distribution<std::uint64_t>(n, p)(random_);
  }

  void updateShock() {
    if (!load_.shocks) return;
    std::uniform_real_distribution<double> draw(0, 1);
    shock_ = draw(random_) < load_.windowSeconds / 180 ? 0.1 : 0;
  }

  ArmCounts serve(const Behaviour& behaviour, std::uint64_t requests) {
    ArmCounts out;
    out.requests = requests;
    out.errors = binomial(requests, std::min(1.0, behaviour.errorRate + shock_));
    out.logged = binomial(requests, std::min(1.0, behaviour.logRate + shock_));
    out.timed = requests;
    std::uint64_t still = requests;
    double share = 1;
    for (std::size_t i = 0; i < kLatencyEdges.size(); ++i) {
      const double here = slowerThan(behaviour, kLatencyEdges[i]);
      still = binomial(still, share > 0 ? here / share : 0);
      share = here;
      out.slower[i] = still;
    }
    return out;
  }

  void crash(int basisPoints, Arm& canary) {
    if (scenario_.canary.crashAfterSeconds < 0 || basisPoints == 0 || traffic_ < nextCrash()) return;
    ++crashes_;
    canary.health.restarts = 1;
    downUntil_ = now_ + 10;
    canary.counts.errors = std::min(canary.counts.requests, canary.counts.errors + 1);
  }

  double nextCrash() const { return scenario_.canary.crashAfterSeconds * static_cast<double>(crashes_ + 1); }

  void synthetic(const Behaviour& behaviour, bool away, ArmHealth& health) {
    if (std::fmod(now_, load_.syntheticEverySeconds) >= load_.windowSeconds) return;
    health.syntheticRuns = 1;
    // Four requests: token, list, create, delete.
    const double fails = 1 - std::pow(1 - std::min(1.0, behaviour.errorRate + shock_), 4);
    health.syntheticFailures = away ? 1 : binomial(1, fails);
  }

  const Scenario& scenario_;
  const Load& load_;
  std::mt19937_64 random_;
  double now_ = 0, traffic_ = 0, downUntil_ = 0, shock_ = 0;
  std::uint64_t crashes_ = 0;
};

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = makeScenarios();
  return all;
}

Outcome run(const CanaryPolicy& policy, const Scenario& scenario, const Load& load, std::uint64_t seed) {
  World world(scenario, load, seed);
  CanaryProgress progress;
  Outcome out;
  while (progress.state.phase == CanaryPhase::Baseline || progress.state.phase == CanaryPhase::Step) {
    const Window window = world.next(progress.basisPoints);
    out.canaryRequests += static_cast<double>(window.canary.counts.requests);
    out.failedByCanary += static_cast<double>(window.canary.counts.errors);
    out.step = progress.state.step;
    progress = observe(policy, std::move(progress.state), window, {.estimate = false});
  }
  out.phase = progress.state.phase;
  out.reason = progress.verdict.reason;
  out.seconds = world.traffic();
  return out;
}

}  // namespace windlass::ops::sim
