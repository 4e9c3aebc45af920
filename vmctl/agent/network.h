#pragma once
// A guest takes over its pod's network: tap and eth0 joined by a bridge inside the pod's network namespace, the pod's
// address moved from eth0 into the guest. No packet of the guest passes the node's own namespace other than through the
// pod's veth, so NetworkPolicies and Services see an ordinary pod.
//
// Every step finds what an interrupted earlier one left. The caller is in the namespace libvirt runs in (hostNetwork).
#include <string>

#include <sys/types.h>

#include "kube/object/result.h"
#include "vmctl/domain/seed.h"

namespace windlass::vm {

// The address, routes and MTU of the pod's eth0; mac and DNS are left empty. Internal when eth0 has no address: it was
// taken off already (the journal knows it) or the pod has no network of its own.
kube::Result<GuestNetwork> readPodNetwork(pid_t carrier);
// Name servers and search domains of a resolv.conf.
void readResolvConf(const std::string& text, GuestNetwork& network);

// The name of a VM's tap device: "wl" and the first 12 hexadecimal digits of its UID.
std::string tapName(const std::string& vmUid);
// Makes a persistent tap in our own namespace; one of that name that is there already is replaced.
kube::Status createTap(const std::string& name, int mtu);
// Absent is fine. Only our own namespace is looked at: in the pod's it ends with the pod.
kube::Status removeTap(const std::string& name);

// Moves the tap, builds the bridge, takes the addresses off eth0, and tells the neighbours of the guest's MAC.
kube::Status handOver(pid_t carrier, const std::string& tap, const GuestNetwork& network);

}  // namespace windlass::vm
