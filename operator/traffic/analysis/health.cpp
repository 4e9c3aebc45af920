#include "operator/traffic/analysis/health.h"

#include <fmt/format.h>

namespace windlass::ops {
namespace {

bool allFailed(const ArmHealth& seen) {
  return seen.syntheticRuns > 0 && seen.syntheticFailures >= seen.syntheticRuns;
}

bool allPassed(const ArmHealth& seen) {
  return seen.syntheticRuns > 0 && seen.syntheticFailures == 0;
}

// How often in a row one side failed while the other passed. Where both failed it was something else: neither counts.
void addAlone(const ArmHealth& one, const ArmHealth& other, std::uint64_t& row) {
  if (allFailed(one) && allPassed(other)) {
    row += one.syntheticRuns;
  } else if (one.syntheticRuns > 0 && !allFailed(one)) {
    row = 0;
  }
}

}  // namespace

void HealthRecord::add(const Window& window) {
  const ArmHealth &canary = window.canary.health, &stable = window.stable.health;
  canaryRestarts += canary.restarts;
  stableRestarts += stable.restarts;
  wasAvailable = wasAvailable || canary.available;
  // What is still starting may fail.
  if (wasAvailable) {
    addAlone(canary, stable, canaryFailedAlone);
    addAlone(stable, canary, stableFailedAlone);
  }
  if (canary.available) {
    unavailableSeconds = 0;
  } else if (stable.available) {
    // With both away it is the gateway or the network, not the canary.
    unavailableSeconds += window.seconds;
  }
}

std::optional<HealthFinding> healthFailure(const HealthRecord& record, const CanaryPolicy& policy) {
  if (record.canaryRestarts > policy.allowedRestarts + record.stableRestarts) {
    return HealthFinding{"restarts", fmt::format("containers of the canary ended by themselves {} times, of the stable "
                                                 "revision {} times; allowed above that: {}",
                                                 record.canaryRestarts, record.stableRestarts, policy.allowedRestarts)};
  }
  const std::uint64_t row = policy.syntheticFailures;
  if (record.canaryFailedAlone >= row) {
    return HealthFinding{"synthetic", fmt::format("the last {} synthetic transactions through the canary failed, "
                                                  "those through the stable revision passed",
                                                  record.canaryFailedAlone)};
  }
  if (record.stableFailedAlone >= row) {
    return HealthFinding{"peer", fmt::format("the last {} synthetic transactions through the stable revision failed, "
                                             "those through the canary passed: the old code cannot live with the new",
                                             record.stableFailedAlone)};
  }
  const double limit = record.wasAvailable ? policy.unavailableSeconds : policy.startSeconds;
  if (record.unavailableSeconds > limit) {
    return HealthFinding{"availability", fmt::format("no canary pod has answered the gateway's health check for {:.0f} "
                                                     "s, while the stable revision does",
                                                     record.unavailableSeconds)};
  }
  return std::nullopt;
}

}  // namespace windlass::ops
