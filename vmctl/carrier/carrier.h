#pragma once
// The carrier: the process of a VM's pod. It holds the pod's resources and address while QEMU, started by the node's
// agent and moved into this container's cgroup, runs the guest. See protocol.h for how the two talk.
//
// It ends when the guest ends, and only then: told so by the agent, or seen by itself when the console closes (QEMU is
// gone) and no agent explains it in time.
#include "vmctl/carrier/console.h"
#include "vmctl/carrier/link.h"

namespace windlass::vm::carrier {

struct Options {
  const char* runDirectory = "/run/windlass";
  const char* terminationLog = "/dev/termination-log";
  int graceSeconds = 30;        // handed to the agent with `terminate`
  int explanationSeconds = 20;  // how long an agent may take to say why the console closed
  int input = 0;                // descriptors of the container's streams
  int output = 1;
};

// Runs until the guest has ended; returns the exit code (protocol.h). SIGTERM and SIGINT are blocked and read by it.
int run(const Options& options);
// The kubelet's exec probe: 0 when the guest was resumed, 1 when not yet.
int ready(const Options& options);

}  // namespace windlass::vm::carrier
