#pragma once
// Synthetic transactions of a canary: round after round, the service's own probe (charts: `probe`) through the revision
// that is tried and at the same time through the one in use, each a Job. Pure; the driver makes and removes the Jobs.
//
// A round is recorded before its Jobs are made, and counted in the look that records it as over; only then its Jobs are
// removed, and no other round begins before they are gone. So a killed operator counts each answer once, and never are
// there two of one side.
#include <optional>

#include "operator/reconcile/canary_notes.h"
#include "operator/reconcile/upgrade_jobs.h"
#include "operator/traffic/analysis/window.h"

namespace windlass::ops {

// All that carry the probe label of the run.
struct ProbeSight {
  std::vector<Json> jobs, pods;
  bool empty() const { return jobs.empty() && pods.empty(); }
};

// Reads the answers of the round in work into `window`. An answer is the exit code of a process that ended by itself: a
// Job that was not scheduled, whose pod was lost or that took too long has none, and that side none in this round.
void hearProbes(const ProbeSight& seen, std::int64_t now, ProbeNotes& notes, Window& window);

// No round is in work and none is left, and it is time for the next.
bool isProbeDue(const ProbeSight& seen, std::int64_t now, const ProbeNotes& notes);

// "synthetic transactions: 1 of 8 failed through the canary, 0 of 8 through the stable revision"; "" before the first.
std::string probeText(const ProbeNotes& notes);

}  // namespace windlass::ops
