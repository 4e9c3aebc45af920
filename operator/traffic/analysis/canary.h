#pragma once
// The course of one canary: baseline, then each step of the policy, window by window. Pure: the state is a value that
// the caller keeps (state_json.h), so a process that is killed goes on where it was.
#include "kube/object/result.h"
#include "operator/traffic/analysis/judge.h"

namespace windlass::ops {

enum class CanaryPhase { Baseline, Step, Passed, Failed, Inconclusive };
const char* toString(CanaryPhase phase);

struct CanaryState {
  CanaryPhase phase = CanaryPhase::Baseline;
  std::size_t step = 0;
  double seconds = 0;        // in this phase or step
  double judgedSeconds = 0;  // of these without the warm-up
  Evidence evidence;         // of this step
  HealthRecord health;       // of the whole canary
  Proportion peerBefore;     // of the baseline
};

struct CanaryProgress {
  CanaryState state;
  Verdict verdict;
  // The share that the canary has to have from now on: 0 in the baseline and whenever it is over without success. With
  // 0 it gets nothing else either, no chosen header or project and no synthetic transaction: what new code writes in
  // the baseline would already trouble the old code that is to be the measure.
  int basisPoints = 0;
};

// `window` is what was seen since the last call, under the share that call returned.
CanaryProgress observe(const CanaryPolicy& policy, CanaryState state, const Window& window);
// The share that belongs to a state; what a restarted process sets first.
int basisPointsOf(const CanaryPolicy& policy, const CanaryState& state);
// Invalid with the field's name for numbers that cannot work (no steps, margins the wrong way round, shares above 1).
kube::Status checkPolicy(const CanaryPolicy& policy);

}  // namespace windlass::ops
