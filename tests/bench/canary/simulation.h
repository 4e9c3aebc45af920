#pragma once
// A model of a service behind the gateway while a canary runs: requests come at random, the gateway draws the revision
// of each by lot, each revision has its own faults. What the analysis sees is what it would see of the real gateway:
// counts of a few seconds. Seeded; the same seed gives the same run.
#include <string>
#include <vector>

#include "operator/traffic/analysis/canary.h"

namespace windlass::ops::sim {

struct Behaviour {
  double errorRate = 0.0005;       // 5xx
  double medianMilliseconds = 60;  // log-normal
  double spread = 0.6;             // of its logarithm
  double logRate = 0.001;          // requests that write an ERROR line
  double crashAfterSeconds =
      -1;  // of traffic; the container then ends, its server is away for a few seconds, again and again
  bool neverReady = false;
};

struct Scenario {
  std::string name, about;
  bool good = false;
  Behaviour stable, canary;
  // The stable revision while the canary has requests (old code that stumbles over what new code wrote).
  Behaviour stableBesideCanary;
};

const std::vector<Scenario>& scenarios();

struct Load {
  double requestsPerSecond = 100;
  double windowSeconds = 5;
  double syntheticEverySeconds = 5;
  // Something that hits both alike: every few minutes a tenth of all requests fails for a few seconds.
  bool shocks = true;
};

struct Outcome {
  CanaryPhase phase = CanaryPhase::Baseline;
  std::string reason;
  double seconds = 0;         // from the first canary request to the end
  std::size_t step = 0;       // in which it ended
  double canaryRequests = 0;  // all the canary was sent
  double failedByCanary = 0;  // of these, failed
};

Outcome run(const CanaryPolicy& policy, const Scenario& scenario, const Load& load, std::uint64_t seed);

}  // namespace windlass::ops::sim
