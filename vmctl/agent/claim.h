#pragma once
// At most one QEMU for a VM in the whole cluster: a Lease a VM, held from before the first effect of a start until
// after the domain is gone.
//
// The Lease exists exactly while somebody holds it; creating it is the atomic step. It is never renewed (no writes at
// rest) and never expires: a node that does not answer may still run the guest. It ends when the holder's agent deletes
// it, or when a person does, which says "I know that guest is off". The VM owns it, so it goes with the VM.
#include <string>

#include "kube/client/client.h"
#include "vmctl/domain/domain.h"

namespace windlass::vm {

kube::ObjectKey claimKey(const Identity& identity);

// Conflict (retryable): another pod holds it; the message says which and what to do.
kube::Status acquireClaim(kube::Client& client, const Identity& identity, const std::string& node);
// Deletes the Lease if this pod holds it; absent or another's is fine.
kube::Status releaseClaim(kube::Client& client, const Identity& identity, const std::string& node);

}  // namespace windlass::vm
