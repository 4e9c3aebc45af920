#pragma once
// One connection to a carrier: opening it safely, and its records. Private to vmctl/agent.
#include <string>

#include <sys/types.h>

#include "kube/object/result.h"
#include "vmctl/agent/fd.h"
#include "vmctl/carrier/record.h"

namespace windlass::vm {

struct CarrierSocket {
  Fd fd;
  pid_t pid = 0;
};

// Missing: no socket yet, or no more. Unavailable: a socket nobody listens on. Other errors: something is wrong there.
kube::Result<CarrierSocket> openCarrierSocket(const std::string& runDirectory);
// Sends one record, with a descriptor when `descriptor` >= 0. Never blocks.
kube::Status sendRecord(const Fd& socket, const std::string& record, int descriptor = -1);

}  // namespace windlass::vm
