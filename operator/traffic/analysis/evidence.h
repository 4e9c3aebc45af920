#pragma once
// What the windows of one step add up to: sufficient for every comparison, and small enough to be kept in a status.
// Pure.
#include <array>

#include "operator/model/canary_policy.h"
#include "operator/traffic/analysis/odds_test.h"
#include "operator/traffic/analysis/proportion.h"
#include "operator/traffic/analysis/window.h"

namespace windlass::ops {

// Canary against stable, window by window.
struct Comparison {
  Table totals;
  OddsTest::Logs worse{}, better{};  // evidence against the fail margin's, and against the pass margin's null

  void add(const Table& table, const ComparisonMargins& margins);
  double logEvidenceWorse() const;
  double logEvidenceBetter() const;
  Proportion canary() const;
  Proportion stable() const;
};

struct Evidence {
  Comparison errors, logs;
  double logSeconds = 0;  // of the windows whose logs were read
  std::array<Comparison, kLatencyEdges.size()> latency;
  Comparison peer;  // errors again with the sides exchanged: the stable revision against the canary

  void add(const Window& window, const CanaryPolicy& policy);
};

}  // namespace windlass::ops
