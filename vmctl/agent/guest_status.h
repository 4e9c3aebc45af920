#pragma once
// The agent's part of a VirtualMachine's status (status.guest), one server-side apply at running and one at the end.
#include <string>

#include "kube/client/client.h"
#include "vmctl/agent/journal.h"

namespace windlass::vm {

inline constexpr const char* kAgentFieldManager = "windlass-vm-agent";

// The object to apply; pure. It names the VM's UID, so a VM recreated under the same name is never written to.
kube::Json runningStatus(const JournalEntry& entry, const std::string& node);
kube::Json endedStatus(const JournalEntry& entry, const std::string& node);
kube::Json waitingStatus(const Identity& identity, const std::string& node, const std::string& message);

// A VM that is gone, or another one of that name, is fine.
kube::Status writeStatus(kube::Client& client, const kube::Json& object);

}  // namespace windlass::vm
