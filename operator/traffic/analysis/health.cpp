#include "operator/traffic/analysis/health.h"

#include <fmt/format.h>

namespace windlass::ops {
namespace {

void addSynthetic(const ArmHealth& seen, std::uint64_t& runs, std::uint64_t& failedInRow) {
  runs += seen.syntheticRuns;
  if (seen.syntheticRuns == 0) return;
  failedInRow = seen.syntheticFailures >= seen.syntheticRuns ? failedInRow + seen.syntheticRuns : 0;
}

}  // namespace

void HealthRecord::add(const Window& window) {
  const ArmHealth &canary = window.canary.health, &stable = window.stable.health;
  canaryRestarts += canary.restarts;
  stableRestarts += stable.restarts;
  wasAvailable = wasAvailable || canary.available;
  // What is still starting may fail.
  if (wasAvailable) addSynthetic(canary, canaryRuns, canaryFailedInRow);
  addSynthetic(stable, stableRuns, stableFailedInRow);
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
  if (record.canaryFailedInRow >= row && record.stableRuns > 0 && record.stableFailedInRow == 0) {
    return HealthFinding{"synthetic", fmt::format("the last {} synthetic transactions through the canary failed, "
                                                  "those through the stable revision pass",
                                                  record.canaryFailedInRow)};
  }
  if (record.stableFailedInRow >= row && record.canaryRuns > 0 && record.canaryFailedInRow == 0) {
    return HealthFinding{"peer", fmt::format("the last {} synthetic transactions through the stable revision failed, "
                                             "those through the canary pass: the old code cannot live with the new",
                                             record.stableFailedInRow)};
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
