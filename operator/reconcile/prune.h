#pragma once
// Removing what a cloud made before and does not render any more: old revisions, finished jobs, services taken out of
// the spec. Only objects that carry the cloud's label *and* are controlled by it; never data.
#include <set>
#include <string>
#include <vector>

#include "operator/reconcile/observe.h"

namespace windlass::ops {

// Pure: refs of what is to go, in the order of `observed`.
std::vector<std::string> prunable(const Observed& observed, const Json& cloud, const std::set<std::string>& wanted);
// Returns what was removed.
Result<std::vector<std::string>> prune(kube::Client& client, const Observed& observed, const Json& cloud,
                                       const std::set<std::string>& wanted);

}  // namespace windlass::ops
