#pragma once
// The connections to the carriers of this node (protocol: vmctl/carrier/protocol.h).
//
// A carrier is found through the host path of its `run` volume; who it is (pid, hence cgroup, network namespace and
// files) is what the kernel says of its socket. Nothing in that volume is trusted: the socket is opened without
// following links.
#include <functional>
#include <memory>
#include <string>

#include <sys/types.h>

#include "kube/object/result.h"
#include "vmctl/agent/decide.h"
#include "vmctl/agent/fd.h"

namespace windlass::vm {

class Carriers {
 public:
  virtual ~Carriers() = default;

  // What the carrier of this pod is doing now; connects when there is no connection. Waits at most 200 ms, for the
  // hello.
  virtual CarrierView look(const std::string& podUid) = 0;
  // The carrier's process; 0 when not connected.
  virtual pid_t pidOf(const std::string& podUid) = 0;
  virtual kube::Status sendStarting(const std::string& podUid, const std::string& text) = 0;
  // Gives the carrier its own copy of the guest's serial port.
  virtual kube::Status sendConsole(const std::string& podUid, const Fd& console) = 0;
  virtual kube::Status sendRunning(const std::string& podUid) = 0;
  virtual kube::Status sendStopped(const std::string& podUid, int exitCode, const std::string& text) = 0;
  // The pod is gone for good.
  virtual void forget(const std::string& podUid) = 0;
};

// Called on the link thread with the pod's UID when its carrier asked for something or went away; must only enqueue.
using CarrierListener = std::function<void(const std::string& podUid)>;

// `podsDirectory`: where the kubelet keeps pods ("/var/lib/kubelet/pods"). One thread for all carriers.
std::unique_ptr<Carriers> connectCarriers(const std::string& podsDirectory, CarrierListener listener);

}  // namespace windlass::vm
