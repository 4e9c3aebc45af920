#pragma once
// Walking the stages of a rendering: apply every stage whose predecessors (Stage::after) are ready.
//
// Once a rendering was complete (notes.settled), its stages no longer wait for each other: whatever is missing or
// changed is put right at once, wherever it stands.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "operator/reconcile/apply.h"
#include "operator/reconcile/cloud_state.h"
#include "operator/render/readiness.h"
#include "operator/render/stage.h"

namespace windlass::ops {

struct Blocker {
  std::string stage;    // name
  std::string summary;  // what is being done: "creating the database"
  Readiness readiness;
  bool trial = false;  // Stage::trial
};

struct WalkInput {
  const Json& cloud;
  const RenderedCloud& rendered;
  const Observed& observed;
  bool settled = false;  // this very rendering was complete before
  kube::TimePoint now;
};

struct WalkResult {
  std::optional<Blocker> blocker;                  // the one thing being waited for; nothing when all is ready
  bool serving = true;                             // everything that is not ready still does its work in part
  bool onlyJobs = true;                            // nothing but Jobs is not ready
  std::map<std::string, Json> live;                // refOf() -> newest state of every rendered object that exists
  std::vector<std::string> corrected;              // "Deployment/a: /spec/replicas": drift that was set right
  std::vector<std::string> recreated;              // what was gone from a settled cloud
  std::vector<std::string> leaving;                // pods of other revisions that may still be asked (revisions.h)
  std::optional<std::chrono::milliseconds> again;  // a failed Job is due then
};

// An error of an apply that a person has to mend (a quota, a right, a name); nullopt for one that passes by itself.
std::optional<Readiness> rejection(const kube::Error& error);

// Adds finished Jobs to `notes.doneJobs`. An Error is one that passes by itself; what a person has to mend (a quota, an
// object the API server rejects) is a Blocker.
Result<WalkResult> walkStages(kube::Client& client, Applier& applier, const WalkInput& input, CloudNotes& notes);

}  // namespace windlass::ops
