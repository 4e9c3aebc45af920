#include "operator/traffic/analysis/canary.h"

#include <fmt/format.h>

namespace windlass::ops {
namespace {

bool isOver(CanaryPhase phase) {
  return phase != CanaryPhase::Baseline && phase != CanaryPhase::Step;
}

void enterStep(CanaryState& state, std::size_t step) {
  state.phase = CanaryPhase::Step;
  state.step = step;
  state.seconds = 0;
  state.judgedSeconds = 0;
  state.evidence = {};
}

Verdict failed(const HealthFinding& finding) {
  Verdict out;
  out.decision = Decision::Fail;
  out.reason = finding.name + ": " + finding.text;
  return out;
}

Verdict baseline(const CanaryPolicy& policy, CanaryState& state, const Window& window) {
  const ArmCounts& stable = window.stable.counts;
  state.peerBefore.bad += static_cast<double>(std::min(stable.errors, stable.requests));
  state.peerBefore.all += static_cast<double>(stable.requests);
  Verdict out;
  out.moreSeconds = std::max(0.0, policy.baselineSeconds - state.seconds);
  if (!window.canary.health.available) {
    out.reason = "no canary pod answers the gateway's health check yet";
  } else if (out.moreSeconds > 0) {
    out.reason = fmt::format("watching the stable revision alone, {:.0f} s left", out.moreSeconds);
  } else {
    out.decision = Decision::Pass;
    out.reason = fmt::format("{:.0f} requests of the stable revision seen, {:.0f} of them errors", state.peerBefore.all,
                             state.peerBefore.bad);
    enterStep(state, 0);
  }
  return out;
}

Verdict step(const CanaryPolicy& policy, CanaryState& state, const Window& window, bool estimate) {
  if (state.seconds > policy.warmUpSeconds) {
    state.evidence.add(window, policy);
    state.judgedSeconds += window.seconds;
  }
  const JudgeInput input{policy,         state.step,       state.seconds, state.judgedSeconds,
                         state.evidence, state.peerBefore, estimate};
  Verdict out = judge(input);
  if (out.decision == Decision::Pass) {
    if (state.step + 1 < policy.steps.size()) {
      enterStep(state, state.step + 1);
    } else {
      state.phase = CanaryPhase::Passed;
    }
  } else if (out.decision == Decision::Wait && state.seconds > policy.maxStepSeconds) {
    state.phase = CanaryPhase::Inconclusive;
    out.reason = fmt::format("no decision after {:.0f} s: {}", state.seconds, out.reason);
  }
  return out;
}

kube::Status invalid(const std::string& text) {
  return kube::fail(kube::ErrorKind::Invalid, text);
}

kube::Status checkMargins(const std::string& name, const ComparisonMargins& margins) {
  if (margins.failOdds < 1 || margins.passOdds <= margins.failOdds)
    return invalid(name + ".passOdds: must be above failOdds, and that at least 1, or some canary is never decided");
  if (margins.failDifference < 0 || margins.passDifference <= margins.failDifference || margins.passDifference >= 1)
    return invalid(name + ".passDifference: must lie between failDifference and 1, or some canary is never decided");
  return {};
}

}  // namespace

const char* toString(CanaryPhase phase) {
  switch (phase) {
    case CanaryPhase::Baseline:
      return "Baseline";
    case CanaryPhase::Step:
      return "Step";
    case CanaryPhase::Passed:
      return "Passed";
    case CanaryPhase::Failed:
      return "Failed";
    case CanaryPhase::Inconclusive:
      return "Inconclusive";
  }
  return "";
}

int basisPointsOf(const CanaryPolicy& policy, const CanaryState& state) {
  if (state.phase == CanaryPhase::Step) return policy.steps[state.step].basisPoints;
  return state.phase == CanaryPhase::Passed ? policy.steps.back().basisPoints : 0;
}

CanaryProgress observe(const CanaryPolicy& policy, CanaryState state, const Window& window, bool estimate) {
  CanaryProgress out;
  if (!isOver(state.phase)) {
    state.seconds += window.seconds;
    state.health.add(window);
    if (const auto finding = healthFailure(state.health, policy)) {
      out.verdict = failed(*finding);
    } else {
      out.verdict = state.phase == CanaryPhase::Baseline ? baseline(policy, state, window)
                                                         : step(policy, state, window, estimate);
    }
    if (out.verdict.decision == Decision::Fail) state.phase = CanaryPhase::Failed;
  }
  out.basisPoints = basisPointsOf(policy, state);
  out.state = std::move(state);
  return out;
}

kube::Status checkPolicy(const CanaryPolicy& policy) {
  if (policy.steps.empty()) return invalid("steps: at least one is needed");
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const CanaryStep& step = policy.steps[i];
    const std::string name = "steps[" + std::to_string(i) + "]";
    if (step.basisPoints < 1 || step.basisPoints > 9900)
      return invalid(name + ".basisPoints: must lie between 1 and 9900, something must be left to compare with");
    if (i > 0 && step.basisPoints <= policy.steps[i - 1].basisPoints)
      return invalid(name + ".basisPoints: each step must be larger than the one before");
    ComparisonMargins errors = policy.errors;
    errors.passDifference = step.errorPassDifference;
    WINDLASS_TRY(checkMargins(name + ".errors", errors));
  }
  WINDLASS_TRY(checkMargins("latency", policy.latency));
  WINDLASS_TRY(checkMargins("logs", policy.logs));
  WINDLASS_TRY(checkMargins("peer", policy.peer));
  for (const double share : {policy.errorShare, policy.latencyShare, policy.logShare, policy.peerShare}) {
    if (!(share > 0)) return invalid("errorShare, latencyShare, logShare, peerShare: each must be above 0");
  }
  if (policy.errorShare + policy.latencyShare + policy.logShare + policy.peerShare > 1 + 1e-9)
    return invalid("errorShare, latencyShare, logShare, peerShare: together more than 1");
  for (const double alpha : {policy.alpha, policy.passAlpha}) {
    if (!(alpha > 0 && alpha < 0.5)) return invalid("alpha, passAlpha: must lie between 0 and 0.5");
  }
  if (policy.syntheticFailures == 0) return invalid("syntheticFailures: must be at least 1");
  return {};
}

}  // namespace windlass::ops
