#pragma once
// Undoing a cloud in order: the last stage first (gateway and APIs, then bus and cache, then the database), each gone
// before the next begins. Needs no valid spec: every object carries the position of its stage.
#include <string>
#include <vector>

#include "operator/reconcile/observe.h"

namespace windlass::ops {

struct DeletionStep {
  std::vector<std::string> remove;   // to be deleted now
  std::vector<std::string> waiting;  // being deleted: to be waited for before the next step
  std::vector<std::string> kept;     // data that stays, set once nothing else is left
  bool done = false;
};

// Pure: what is next for these objects. Only what the cloud controls, or keeps as its data, is touched.
DeletionStep nextDeletion(const Observed& observed, const std::string& cloudUid, bool deleteData);
// Deletes what the step says; owners wait for their pods (foreground).
Status carryOut(kube::Client& client, const Observed& observed, const DeletionStep& step);
// "2 objects (Deployment/a, Service/b)"
std::string listed(const std::vector<std::string>& refs);

}  // namespace windlass::ops
