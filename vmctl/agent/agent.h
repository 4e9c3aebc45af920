#pragma once
// The agent: for one carrier pod at a time, observe, decide (decide.h), carry out, until nothing is left to do.
//
// reconcile() may be called from several threads, for different pods; it blocks while a guest is started. All state
// that matters is in the journal, in libvirt and in the API, so a new Agent on the same journal continues where one was
// killed.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kube/client/client.h"
#include "kube/runtime/controller.h"
#include "vmctl/agent/accelerator.h"
#include "vmctl/agent/carrier_pod.h"
#include "vmctl/agent/carriers.h"
#include "vmctl/agent/decide.h"
#include "vmctl/agent/journal.h"
#include "vmctl/agent/libvirt.h"
#include "vmctl/agent/node.h"

namespace windlass::vm {

struct AgentParts {
  kube::Client& client;
  Hypervisor& hypervisor;
  Carriers& carriers;
  Node& node;
  Journal& journal;
  Accelerators& accelerators;
  std::string nodeName;
  // The pod as the informer has it; nullptr when there is none.
  std::function<kube::ObjectPtr(const kube::ObjectKey&)> pod;
  std::function<kube::TimePoint()> now;
};

class Agent {
 public:
  explicit Agent(AgentParts parts);

  kube::Result<kube::ReconcileOutcome> reconcile(const kube::ObjectKey& pod);
  // Every pod that journal or libvirt know of: what to look at after a start and after each connection to libvirt.
  std::vector<kube::ObjectKey> known();
  // Where to look after an event that names a carrier pod or a VM by UID; empty when unknown here.
  std::vector<kube::ObjectKey> podOf(const std::string& uid);

 private:
  struct Case;  // one pod: what was seen, and whose it is
  kube::Result<Case> observe(const kube::ObjectKey& pod);
  kube::Result<Identity> identify(const kube::ObjectKey& pod, const kube::ObjectPtr& object, Case& seen);
  kube::Status lookAtDomain(Case& seen);
  kube::Status carryOut(const Case& seen, const Decision& decision);

  kube::Status start(const Case& seen);
  kube::Status undoStart(const Case& seen);
  kube::Status adopt(const Case& seen);
  kube::Status requestShutdown(const Case& seen, int graceSeconds);
  kube::Status askAgain(const Case& seen);
  kube::Status forceOff(const Case& seen);
  kube::Status destroyDomain(const Case& seen, const std::string& why);
  kube::Status reportEnd(const Case& seen, const GuestEnd& end);
  kube::Status forget(const Case& seen, const GuestEnd& end);

  kube::Status settle(JournalEntry& entry);
  kube::Status waitForClaim(const Case& seen, const kube::Error& reason);
  void remember(const Case& seen);

  const AgentParts parts_;
  std::mutex mutex_;
  std::map<std::string, kube::ObjectKey> pods_;  // by pod UID and by VM UID
  std::map<std::string, std::string> waiting_;   // by pod UID: what it was told it waits for
};

}  // namespace windlass::vm
