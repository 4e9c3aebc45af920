#pragma once
// The signals that need no statistics: crashes, synthetic transactions that fail in a row, a canary that answers no
// health check. Each counts only while the stable revision does not suffer the same. Pure.
#include <optional>
#include <string>

#include "operator/model/canary_policy.h"
#include "operator/traffic/analysis/window.h"

namespace windlass::ops {

struct HealthRecord {
  std::uint64_t canaryRestarts = 0, stableRestarts = 0;
  std::uint64_t canaryFailedAlone = 0,
                stableFailedAlone = 0;  // synthetic transactions in a row, while the other passed
  double unavailableSeconds = 0;        // of the canary, up to now
  bool wasAvailable = false;

  void add(const Window& window);
};

struct HealthFinding {
  std::string name;  // "restarts", "synthetic", "peer", "availability"
  std::string text;
};

// What rejects the canary at once, if anything.
std::optional<HealthFinding> healthFailure(const HealthRecord& record, const CanaryPolicy& policy);

}  // namespace windlass::ops
