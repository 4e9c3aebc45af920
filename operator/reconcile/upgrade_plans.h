#pragma once
// UpgradePlan objects of a cloud: the one that may be approved now, and what is kept of earlier ones.
#include <string>
#include <vector>

#include "operator/reconcile/observe.h"

namespace windlass::ops {

// Plans that nobody approved are kept so long that who reads one can still compare it with its successor.
inline constexpr std::size_t kKeptPlans = 2;

// Pure: names of plans that are to go. Those made for this cloud, but for `current`, for those that a run names, and
// for the newest kKeptPlans of the rest.
std::vector<std::string> outdatedPlans(const std::vector<Json>& plans, const std::vector<Json>& runs, const Json& cloud,
                                       const std::string& current);

// Makes `plan` unless it is there, removes outdated ones. AlreadyExists: a plan of that name says something else.
// `plan` may be null.
Status keepPlans(kube::Client& client, const Json& cloud, const Json& plan);

}  // namespace windlass::ops
