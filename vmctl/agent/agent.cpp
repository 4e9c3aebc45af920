#include "vmctl/agent/agent.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "kube/object/meta.h"
#include "vmctl/agent/agent_case.h"
#include "vmctl/agent/start.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::ObjectKey;
using kube::ObjectPtr;
using kube::Result;
using kube::Status;

namespace {

// A decision leads to the next within one reconcile; this many are more than any life of a guest needs.
constexpr int kMaxActs = 12;
constexpr std::chrono::milliseconds kOtherPodFirst{500};
constexpr std::chrono::milliseconds kSteadyPace{2000};

kube::ReconcileOutcome lookAgain(std::chrono::milliseconds after) {
  return kube::ReconcileOutcome{after};
}

}  // namespace

Agent::Agent(AgentParts parts) : parts_(std::move(parts)) {}

std::vector<ObjectKey> Agent::known() {
  std::vector<ObjectKey> keys;
  for (const JournalEntry& entry : parts_.journal.all()) keys.push_back(entry.podKey());
  const Result<std::vector<DomainView>> domains = parts_.hypervisor.list();
  if (domains) {
    for (const DomainView& domain : *domains) keys.push_back({domain.identity.ns, domain.identity.podName});
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::vector<ObjectKey> Agent::podOf(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto found = pods_.find(uid);
  return found == pods_.end() ? std::vector<ObjectKey>{} : std::vector<ObjectKey>{found->second};
}

void Agent::remember(const Case& seen) {
  const std::lock_guard lock(mutex_);
  pods_[seen.identity.podUid] = seen.key;
  pods_[seen.identity.vmUid] = seen.key;
}

// Whose case this is: the journal's first (an earlier pod of this name has to be finished), then the pod's, then that
// of a domain without either.
Result<Identity> Agent::identify(const ObjectKey& key, const ObjectPtr& object, Case& seen) {
  seen.what.journal = parts_.journal.findByPod(key);
  if (seen.what.journal) return seen.what.journal->identity;
  if (object) {
    WINDLASS_TRY_ASSIGN(seen.pod, readCarrierPod(*object, parts_.nodeName));
    return Identity{key.ns, seen.pod.vmName, seen.pod.vmUid, 0, key.name, seen.pod.podUid};
  }
  WINDLASS_TRY_ASSIGN(const std::vector<DomainView> domains, parts_.hypervisor.list());
  for (const DomainView& domain : domains) {
    if (domain.identity.ns == key.ns && domain.identity.podName == key.name) return domain.identity;
  }
  return fail(ErrorKind::NotFound, "no pod, no journal and no domain");
}

// Sets what.domain when this VM's domain belongs to this pod, and otherDomain when it belongs to another one.
Status Agent::lookAtDomain(Case& seen) {
  const Result<std::optional<DomainView>> domain = parts_.hypervisor.find(seen.identity.vmUid);
  if (!domain) {
    if (domain.error().kind != ErrorKind::Unavailable) return fail(domain.error());
    seen.what.hypervisorAnswers = false;
    return {};
  }
  seen.what.lastStop = parts_.hypervisor.lastStop(seen.identity.vmUid);
  if (!*domain) return {};
  if ((*domain)->identity.podUid == seen.identity.podUid) {
    seen.what.domain = (*domain)->state;
  } else {
    seen.otherPod = ObjectKey{(*domain)->identity.ns, (*domain)->identity.podName};
  }
  return {};
}

Result<Agent::Case> Agent::observe(const ObjectKey& key) {
  Case seen;
  seen.key = key;
  seen.what.now = parts_.now();
  const ObjectPtr object = parts_.pod(key);
  WINDLASS_TRY_ASSIGN(seen.identity, identify(key, object, seen));
  if (object && kube::uidOf(*object) == seen.identity.podUid) {
    WINDLASS_TRY_ASSIGN(seen.pod, readCarrierPod(*object, parts_.nodeName));
    seen.what.podExists = true;
    seen.what.podDeleting = seen.pod.deleting;
    seen.what.podTerminal = seen.pod.terminal;
    seen.what.podGraceSeconds = seen.pod.graceSeconds;
  }
  remember(seen);
  // Without a guest to end, a pod that is over needs no connection.
  if (seen.what.journal || (seen.what.podExists && !seen.what.podTerminal)) {
    seen.what.carrier = parts_.carriers.look(seen.identity.podUid);
  }
  WINDLASS_TRY(lookAtDomain(seen));
  const std::optional<JournalEntry> entry = parts_.journal.find(seen.identity.vmUid);
  if (entry && entry->identity.podUid != seen.identity.podUid) seen.otherPod = entry->podKey();
  return seen;
}

Result<kube::ReconcileOutcome> Agent::reconcile(const ObjectKey& key) {
  for (int acts = 0; acts < kMaxActs; ++acts) {
    Result<Case> seen = observe(key);
    if (!seen) {
      if (seen.error().kind == ErrorKind::NotFound) return lookAgain(std::chrono::milliseconds{0});
      if (seen.error().kind == ErrorKind::Unavailable) return lookAgain(std::chrono::seconds{1});
      return fail(seen.error());
    }
    if (seen->otherPod && *seen->otherPod != key) return lookAgain(kOtherPodFirst);
    const Decision decision = decide(seen->what);
    if (decision.act == Act::Nothing || decision.act == Act::Wait) return lookAgain(decision.after);
    spdlog::info("{} of VM {}/{}: {}", toString(decision.act), seen->identity.ns, seen->identity.name, decision.why);
    const Status done = carryOut(*seen, decision);
    if (!done) {
      // Nothing is wrong with this guest: steady looks instead of the queue's growing pauses.
      if (!exitCodeOfStart(done.error())) return lookAgain(kSteadyPace);
      return fail(done.error());
    }
    if (decision.after.count() > 0) return lookAgain(decision.after);
  }
  return lookAgain(std::chrono::seconds{1});
}

}  // namespace windlass::vm
