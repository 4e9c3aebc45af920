#pragma once
// The narrow interface over libvirt: the rest of the agent never sees a C pointer, and tests use a hypervisor in
// memory.
//
// Domains are named by the VirtualMachine's UID, which is the domain's UUID. Only domains with Windlass metadata are
// seen. Every call may be made from any thread; Unavailable means the daemon does not answer now: wait and try again.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/result.h"
#include "vmctl/domain/domain.h"

namespace windlass::vm {

enum class DomainState { Paused, Running };

struct DomainView {
  Identity identity;
  DomainState state = DomainState::Running;
};

// How a domain ended, as the lifecycle event told it.
enum class StopCause { Shutdown, Destroyed, Crashed, Failed };

enum class ShutdownMethod { PowerButton, GuestAgent };

struct QemuUser {
  unsigned uid = 0;
  unsigned gid = 0;
};

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  virtual kube::Result<std::vector<DomainView>> list() = 0;
  virtual kube::Result<std::optional<DomainView>> find(const std::string& vmUid) = 0;
  // Creates a transient domain, checked against libvirt's schema, with its processors stopped.
  virtual kube::Status createPaused(const std::string& xml) = 0;
  virtual kube::Status resume(const std::string& vmUid) = 0;
  virtual kube::Status shutdown(const std::string& vmUid, ShutdownMethod method) = 0;
  // Ends it now; a domain that does not exist is fine.
  virtual kube::Status destroy(const std::string& vmUid) = 0;
  // What was heard about the end of a domain that is gone; nullopt when nobody listened at that time.
  virtual std::optional<StopCause> lastStop(const std::string& vmUid) = 0;
  virtual void forgetStop(const std::string& vmUid) = 0;
  virtual bool connected() = 0;
  // The user and group QEMU runs as on this node.
  virtual kube::Result<QemuUser> qemuUser() = 0;
};

// Called on the event thread, must only enqueue: a VM UID when something happened to that domain, an empty string after
// every (re)connect, when everything has to be compared.
using HypervisorListener = std::function<void(const std::string& vmUid)>;

// Connects in the background and again whenever the connection breaks. Owns one event thread; at most one per process,
// because libvirt's event loop implementation is process-wide.
std::unique_ptr<Hypervisor> connectLibvirt(const std::string& uri, HypervisorListener listener);

}  // namespace windlass::vm
