#pragma once
#include <string>

#include "kube/runtime/manager.h"

namespace windlass::kube::testing_support {

// Election by the Lease ns/lease, in the times of client-go.
inline LeaderElectionOptions leaseOptions(const std::string& identity) {
  LeaderElectionOptions made;
  made.enabled = true;
  made.ns = "ns";
  made.name = "lease";
  made.identity = identity;
  return made;
}

}  // namespace windlass::kube::testing_support
