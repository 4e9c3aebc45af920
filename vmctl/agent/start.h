#pragma once
// Starting a guest: from a waiting carrier to a resumed domain. Every step finds what an interrupted earlier one left.
#include <string>

#include <sys/types.h>

#include "vmctl/agent/agent.h"

namespace windlass::vm {

struct StartInput {
  pid_t carrier = 0;
  CarrierPod pod;
  Identity identity;
};

// Journals before each effect. Errors: Conflict, Unavailable, Timeout, Transport: nothing is wrong, wait and try again.
// Invalid, TooLarge, Missing: the guest cannot start as it is described. Others: this start failed.
kube::Status startGuest(const AgentParts& parts, const StartInput& input);

// The exit code a failed start ends its carrier with, or nullopt to try again in the same carrier.
std::optional<int> exitCodeOfStart(const kube::Error& error);

}  // namespace windlass::vm
