#pragma once
// Private to the agent: one pod under reconciliation.
#include <optional>

#include "vmctl/agent/agent.h"

namespace windlass::vm {

struct Agent::Case {
  kube::ObjectKey key;
  Identity identity;
  CarrierPod pod;  // meaningful when what.podExists
  Observation what;
  // Another pod of the same VM still has a journal or a domain here; it is finished first.
  std::optional<kube::ObjectKey> otherPod;
};

}  // namespace windlass::vm
