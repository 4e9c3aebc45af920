#pragma once
// Telling the neighbours that an address has moved to another MAC (gratuitous ARP, RFC 5227 section 3). Private to the
// agent.
#include <string>

#include <sys/types.h>

#include "kube/object/result.h"
#include "vmctl/domain/seed.h"

namespace windlass::vm {

// The 42 bytes of an ARP announcement of an IPv4 address ("10.244.1.7/24" or without prefix); empty when it is none.
std::string arpAnnouncement(const std::string& mac, const std::string& address);

// Sends one for each IPv4 address, out of `device` in the network namespace of `pid`. The node would otherwise use
// eth0's own MAC, which it may have learned before, until its entry expires.
kube::Status announce(pid_t pid, const std::string& device, const GuestNetwork& network);

}  // namespace windlass::vm
