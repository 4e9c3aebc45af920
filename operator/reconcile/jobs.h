#pragma once
// What to do with one Job. Pure. Jobs are immutable and named by the hash of what they do, so a Job that exists is the
// execution of that step; one that succeeded is noted and never needs to run again.
#include <chrono>
#include <string>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "operator/reconcile/cloud_state.h"

namespace windlass::ops {

// A failed Job is removed and made again after this time: its cause (a database that is away, a quota) may be gone.
inline constexpr std::chrono::seconds kJobRetryDelay{120};

enum class JobStep {
  Create,
  Leave,   // running, or finished: look at its readiness
  Done,    // succeeded before and was deleted since
  Remove,  // failed, and its time has come
};

JobStep nextJobStep(const std::string& name, const Json* live, const CloudNotes& notes, kube::TimePoint now);
// When the Job ended as failed; the epoch when it did not.
kube::TimePoint jobFailedAt(const Json& job);

}  // namespace windlass::ops
