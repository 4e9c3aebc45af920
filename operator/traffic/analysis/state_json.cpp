#include "operator/traffic/analysis/state_json.h"

#include <cmath>

namespace windlass::ops {
namespace {

using kube::Json;

Json comparisonJson(const Comparison& comparison) {
  const Table& totals = comparison.totals;
  return {{"totals", {totals.canaryBad, totals.canaryAll, totals.stableBad, totals.stableAll}},
          {"worse", comparison.worse},
          {"better", comparison.better}};
}

Json proportionJson(const Proportion& proportion) {
  return {{"bad", proportion.bad}, {"all", proportion.all}};
}

// Reads strictly; remembers that something was wrong instead of throwing.
class StateReader {
 public:
  bool ok() const { return ok_; }

  const Json& at(const Json& json, const char* field) {
    static const Json kNothing;
    if (json.is_object() && json.contains(field)) return json.at(field);
    ok_ = false;
    return kNothing;
  }

  double number(const Json& json) {
    if (json.is_number() && std::isfinite(json.get<double>())) return json.get<double>();
    ok_ = false;
    return 0;
  }

  double amount(const Json& json) {
    const double value = number(json);
    if (value >= 0) return value;
    ok_ = false;
    return 0;
  }

  std::uint64_t count(const Json& json) {
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    ok_ = false;
    return 0;
  }

  template <std::size_t N>
  std::array<double, N> numbers(const Json& json) {
    std::array<double, N> out{};
    if (!json.is_array() || json.size() != N) {
      ok_ = false;
      return out;
    }
    for (std::size_t i = 0; i < N; ++i) out[i] = number(json[i]);
    return out;
  }

  Comparison comparison(const Json& json) {
    Comparison out;
    const Json& totals = at(json, "totals");
    if (totals.is_array() && totals.size() == 4) {
      out.totals = {count(totals[0]), count(totals[1]), count(totals[2]), count(totals[3])};
    } else {
      ok_ = false;
    }
    if (out.totals.canaryBad > out.totals.canaryAll || out.totals.stableBad > out.totals.stableAll) ok_ = false;
    out.worse = numbers<OddsTest::kAlternatives>(at(json, "worse"));
    out.better = numbers<OddsTest::kAlternatives>(at(json, "better"));
    return out;
  }

  Proportion proportion(const Json& json) {
    const Proportion out{amount(at(json, "bad")), amount(at(json, "all"))};
    if (out.bad > out.all) ok_ = false;
    return out;
  }

  CanaryPhase phase(const Json& json) {
    for (const CanaryPhase phase : {CanaryPhase::Baseline, CanaryPhase::Matched, CanaryPhase::Step, CanaryPhase::Passed,
                                    CanaryPhase::Failed, CanaryPhase::Inconclusive}) {
      if (json == toString(phase)) return phase;
    }
    ok_ = false;
    return CanaryPhase::Failed;
  }

  void fail() { ok_ = false; }

 private:
  bool ok_ = true;
};

Json healthJson(const HealthRecord& health) {
  return {{"canaryRestarts", health.canaryRestarts},         {"stableRestarts", health.stableRestarts},
          {"canaryFailedAlone", health.canaryFailedAlone},   {"stableFailedAlone", health.stableFailedAlone},
          {"unavailableSeconds", health.unavailableSeconds}, {"wasAvailable", health.wasAvailable}};
}

HealthRecord healthFrom(StateReader& reader, const Json& json) {
  HealthRecord out;
  out.canaryRestarts = reader.count(reader.at(json, "canaryRestarts"));
  out.stableRestarts = reader.count(reader.at(json, "stableRestarts"));
  out.canaryFailedAlone = reader.count(reader.at(json, "canaryFailedAlone"));
  out.stableFailedAlone = reader.count(reader.at(json, "stableFailedAlone"));
  out.unavailableSeconds = reader.amount(reader.at(json, "unavailableSeconds"));
  out.wasAvailable = reader.at(json, "wasAvailable") == true;
  return out;
}

}  // namespace

Json toJson(const CanaryState& state) {
  Json latency = Json::array();
  for (const Comparison& comparison : state.evidence.latency) latency.push_back(comparisonJson(comparison));
  return {{"phase", toString(state.phase)},
          {"step", state.step},
          {"seconds", state.seconds},
          {"judgedSeconds", state.judgedSeconds},
          {"errors", comparisonJson(state.evidence.errors)},
          {"logs", comparisonJson(state.evidence.logs)},
          {"logSeconds", state.evidence.logSeconds},
          {"latency", std::move(latency)},
          {"peer", comparisonJson(state.evidence.peer)},
          {"peerBefore", proportionJson(state.peerBefore)},
          {"health", healthJson(state.health)}};
}

kube::Result<CanaryState> canaryStateFrom(const Json& json, std::size_t steps) {
  StateReader reader;
  CanaryState out;
  out.phase = reader.phase(reader.at(json, "phase"));
  out.step = reader.count(reader.at(json, "step"));
  out.seconds = reader.amount(reader.at(json, "seconds"));
  out.judgedSeconds = reader.amount(reader.at(json, "judgedSeconds"));
  out.evidence.errors = reader.comparison(reader.at(json, "errors"));
  out.evidence.logs = reader.comparison(reader.at(json, "logs"));
  out.evidence.logSeconds = reader.amount(reader.at(json, "logSeconds"));
  const Json& latency = reader.at(json, "latency");
  if (latency.is_array() && latency.size() == kLatencyEdges.size()) {
    for (std::size_t i = 0; i < kLatencyEdges.size(); ++i) out.evidence.latency[i] = reader.comparison(latency[i]);
  } else {
    reader.fail();
  }
  out.evidence.peer = reader.comparison(reader.at(json, "peer"));
  out.peerBefore = reader.proportion(reader.at(json, "peerBefore"));
  out.health = healthFrom(reader, reader.at(json, "health"));
  if (!reader.ok() || out.step >= steps)
    return kube::fail(kube::ErrorKind::Invalid,
                      "the kept state of the canary is not one that this version wrote: start the canary again");
  return out;
}

Json toJson(const Verdict& verdict) {
  Json findings = Json::array();
  for (const Finding& finding : verdict.findings) {
    findings.push_back({{"name", finding.name},
                        {"decision", toString(finding.decision)},
                        {"bad", finding.tried.bad},
                        {"samples", finding.tried.all},
                        {"againstBad", finding.against.bad},
                        {"againstSamples", finding.against.all},
                        {"evidence", finding.evidence},
                        {"needed", finding.needed},
                        {"moreRequests", finding.moreRequests}});
  }
  return {{"decision", toString(verdict.decision)}, {"reason", verdict.reason},
          {"requests", verdict.requests},           {"moreRequests", verdict.moreRequests},
          {"moreSeconds", verdict.moreSeconds},     {"findings", std::move(findings)}};
}

}  // namespace windlass::ops
