#include "operator/traffic/analysis/canary.h"

#include <algorithm>

#include <fmt/format.h>

namespace windlass::ops {
namespace {

bool isOver(CanaryPhase phase) {
  return phase != CanaryPhase::Baseline && phase != CanaryPhase::Matched && phase != CanaryPhase::Step;
}

bool choosesSomebody(const CanaryPolicy& policy) {
  return !policy.header.empty() || !policy.tenants.empty();
}

void enter(CanaryState& state, CanaryPhase phase, std::size_t step) {
  state.phase = phase;
  state.step = step;
  state.seconds = 0;
  state.judgedSeconds = 0;
  state.evidence = {};
}

// What comes after the phase or step that was passed.
void moveOn(const CanaryPolicy& policy, CanaryState& state) {
  if (state.phase == CanaryPhase::Baseline) {
    const bool chosenFirst = state.step == 0 && choosesSomebody(policy);
    enter(state, chosenFirst ? CanaryPhase::Matched : CanaryPhase::Step, state.step);
  } else if (state.phase == CanaryPhase::Matched) {
    enter(state, CanaryPhase::Step, 0);
  } else if (state.step + 1 < policy.steps.size()) {
    enter(state, CanaryPhase::Step, state.step + 1);
  } else {
    state.phase = CanaryPhase::Passed;
  }
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
  }
  return out;
}

Verdict matched(const CanaryPolicy& policy, CanaryState& state, const Window& window) {
  state.evidence.add(window, policy);
  const Table& errors = state.evidence.errors.totals;
  Verdict out;
  out.requests = errors.canaryAll;
  out.moreSeconds = std::max(0.0, policy.matchSeconds - state.seconds);
  out.decision = out.moreSeconds > 0 ? Decision::Wait : Decision::Pass;
  out.reason =
      fmt::format("{} requests of those who are chosen, {} of them errors (not judged by number){}", errors.canaryAll,
                  errors.canaryBad, out.moreSeconds > 0 ? fmt::format(", {:.0f} s left", out.moreSeconds) : "");
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
  if (out.decision == Decision::Wait && state.seconds > policy.maxStepSeconds) {
    state.phase = CanaryPhase::Inconclusive;
    out.reason = fmt::format("no decision after {:.0f} s: {}", state.seconds, out.reason);
  }
  return out;
}

}  // namespace

const char* toString(CanaryPhase phase) {
  switch (phase) {
    case CanaryPhase::Baseline:
      return "Baseline";
    case CanaryPhase::Matched:
      return "Matched";
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

bool takesChosen(const CanaryState& state) {
  return state.phase == CanaryPhase::Matched || state.phase == CanaryPhase::Step;
}

CanaryProgress observe(const CanaryPolicy& policy, CanaryState state, const Window& window, LookOptions options) {
  CanaryProgress out;
  if (!isOver(state.phase)) {
    state.seconds += window.seconds;
    state.health.add(window);
    if (const auto finding = healthFailure(state.health, policy)) {
      out.verdict = failed(*finding);
    } else if (state.phase == CanaryPhase::Baseline) {
      out.verdict = baseline(policy, state, window);
    } else if (state.phase == CanaryPhase::Matched) {
      out.verdict = matched(policy, state, window);
    } else {
      out.verdict = step(policy, state, window, options.estimate);
    }
    if (out.verdict.decision == Decision::Fail) state.phase = CanaryPhase::Failed;
    if (out.verdict.decision == Decision::Pass && !options.hold) moveOn(policy, state);
  }
  out.basisPoints = basisPointsOf(policy, state);
  out.state = std::move(state);
  return out;
}

CanaryState passWithoutVerdict(const CanaryPolicy& policy, CanaryState state) {
  if (state.phase != CanaryPhase::Passed) moveOn(policy, state);
  return state;
}

CanaryState startAgain(const CanaryPolicy& policy, const CanaryState& state) {
  CanaryState out;
  out.step = std::min(state.step, policy.steps.size() - 1);
  return out;
}

}  // namespace windlass::ops
