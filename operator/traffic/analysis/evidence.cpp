#include "operator/traffic/analysis/evidence.h"

#include <algorithm>

namespace windlass::ops {
namespace {

// A count that is larger than what it counts in comes of sampling the two at different times.
Table tableOf(std::uint64_t canaryBad, std::uint64_t canaryAll, std::uint64_t stableBad, std::uint64_t stableAll) {
  return {std::min(canaryBad, canaryAll), canaryAll, std::min(stableBad, stableAll), stableAll};
}

}  // namespace

ArmCounts& ArmCounts::operator+=(const ArmCounts& other) {
  requests += other.requests;
  errors += other.errors;
  timed += other.timed;
  for (std::size_t i = 0; i < slower.size(); ++i) slower[i] += other.slower[i];
  logged += other.logged;
  return *this;
}

void Comparison::add(const Table& table, const ComparisonMargins& margins) {
  totals.canaryBad += table.canaryBad;
  totals.canaryAll += table.canaryAll;
  totals.stableBad += table.stableBad;
  totals.stableAll += table.stableAll;
  OddsTest worseTest(OddsTest::Against::AtMost, margins.failOdds, worse);
  OddsTest betterTest(OddsTest::Against::AtLeast, margins.passOdds, better);
  worseTest.add(table);
  betterTest.add(table);
  worse = worseTest.logs();
  better = betterTest.logs();
}

double Comparison::logEvidenceWorse() const {
  return OddsTest::logMeanOf(worse);
}

double Comparison::logEvidenceBetter() const {
  return OddsTest::logMeanOf(better);
}

Proportion Comparison::canary() const {
  return {static_cast<double>(totals.canaryBad), static_cast<double>(totals.canaryAll)};
}

Proportion Comparison::stable() const {
  return {static_cast<double>(totals.stableBad), static_cast<double>(totals.stableAll)};
}

void Evidence::add(const Window& window, const CanaryPolicy& policy) {
  const ArmCounts &canary = window.canary.counts, &stable = window.stable.counts;
  errors.add(tableOf(canary.errors, canary.requests, stable.errors, stable.requests), policy.errors);
  for (std::size_t i = 0; i < latency.size(); ++i)
    latency[i].add(tableOf(canary.slower[i], canary.timed, stable.slower[i], stable.timed), policy.latency);
  if (policy.judgeLogs && window.logsRead) {
    logs.add(tableOf(canary.logged, canary.requests, stable.logged, stable.requests), policy.logs);
    logSeconds += window.seconds;
  }
  peer.add(tableOf(stable.errors, stable.requests, canary.errors, canary.requests), policy.peer);
}

}  // namespace windlass::ops
