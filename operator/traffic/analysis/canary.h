#pragma once
// The course of one canary: baseline, those whom the policy chooses, then each step, window by window. Pure: the state
// is a value that the caller keeps (state_json.h), so a process that is killed goes on where it was.
#include "kube/object/result.h"
#include "operator/traffic/analysis/judge.h"

namespace windlass::ops {

enum class CanaryPhase {
  Baseline,  // the stable revision is watched alone
  Matched,   // only requests that the policy chooses meet the canary; it is judged by its health alone
  Step,
  Passed,
  Failed,
  Inconclusive,  // no decision in time: a person decides
};
const char* toString(CanaryPhase phase);

struct CanaryState {
  CanaryPhase phase = CanaryPhase::Baseline;
  std::size_t step = 0;      // in Baseline: the one that comes after it
  double seconds = 0;        // in this phase or step
  double judgedSeconds = 0;  // of these without the warm-up
  Evidence evidence;         // of this step
  HealthRecord health;       // of the whole canary
  Proportion peerBefore;     // of the baseline
};

struct CanaryProgress {
  CanaryState state;
  Verdict verdict;
  // The share that the canary has to have from now on: 0 in the baseline and whenever it is over without success. Then
  // it gets nothing else either, no chosen header or project and no synthetic transaction: what new code writes in the
  // baseline would already trouble the old code that is to be the measure. 0 in Matched too, where it gets the chosen.
  int basisPoints = 0;
};

struct LookOptions {
  bool estimate = true;  // say how much is missing: for people, and ten times the work
  bool hold = false;     // goes on judging, and where it would pass it stays
};

// `window` is what was seen since the last call, under the share that call returned.
CanaryProgress observe(const CanaryPolicy& policy, CanaryState state, const Window& window, LookOptions options = {});
// The share that belongs to a state; what a restarted process sets first.
int basisPointsOf(const CanaryPolicy& policy, const CanaryState& state);
// Whether requests that the policy chooses by header or project go to the canary.
bool takesChosen(const CanaryState& state);

// A person's word in place of a verdict: on to what comes next. Nothing comes after Passed.
CanaryState passWithoutVerdict(const CanaryPolicy& policy, CanaryState state);
// The step that failed, or was left, begins anew with a baseline and a clean record.
CanaryState startAgain(const CanaryPolicy& policy, const CanaryState& state);

}  // namespace windlass::ops
