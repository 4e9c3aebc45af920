#include "vmctl/agent/claim.h"

#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Json;
using kube::Result;
using kube::Status;

namespace {

std::string holderOf(const Identity& identity, const std::string& node) {
  return node + "/" + identity.podUid;
}

Json leaseOf(const Identity& identity, const std::string& node) {
  Json lease = kube::newObject(kube::kinds::Lease, claimKey(identity));
  lease["metadata"]["labels"] = {{std::string(VmLabel), identity.name}};
  lease["metadata"]["ownerReferences"] = Json::array({{{"apiVersion", VirtualMachineKind.apiVersion()},
                                                       {"kind", VirtualMachineKind.kind},
                                                       {"name", identity.name},
                                                       {"uid", identity.vmUid},
                                                       {"controller", true}}});
  lease["spec"] = {{"holderIdentity", holderOf(identity, node)},
                   {"acquireTime", kube::formatMicroTime(std::chrono::system_clock::now())}};
  return lease;
}

}  // namespace

kube::ObjectKey claimKey(const Identity& identity) {
  return {identity.ns, "vm-" + identity.name};
}

Status acquireClaim(kube::Client& client, const Identity& identity, const std::string& node) {
  const Result<Json> created = client.create(kube::kinds::Lease, leaseOf(identity, node));
  if (created) return {};
  if (created.error().kind != ErrorKind::AlreadyExists) {
    return kube::wrap("cannot claim the VM with Lease " + claimKey(identity).toString(), created.error());
  }
  WINDLASS_TRY_ASSIGN(const Json lease, client.get(kube::kinds::Lease, claimKey(identity)));
  const std::string holder = kube::stringAt(lease, "/spec/holderIdentity");
  if (holder == holderOf(identity, node)) return {};
  return fail(ErrorKind::Conflict, "the guest may still run elsewhere: Lease " + claimKey(identity).toString() +
                                       " is held by " + holder +
                                       " (node/pod uid); it is released when that node's agent has seen the guest "
                                       "end. If that node is off for good, delete the Lease");
}

Status releaseClaim(kube::Client& client, const Identity& identity, const std::string& node) {
  const Result<Json> lease = client.get(kube::kinds::Lease, claimKey(identity));
  if (!lease) return lease.error().kind == ErrorKind::NotFound ? Status{} : fail(lease.error());
  if (kube::stringAt(*lease, "/spec/holderIdentity") != holderOf(identity, node)) return {};
  kube::DeleteOptions options;
  options.uid = kube::uidOf(*lease);
  const Status removed = client.remove(kube::kinds::Lease, claimKey(identity), options);
  // Conflict: another Lease of that name by now, which is not ours.
  if (!removed && removed.error().kind != ErrorKind::NotFound && removed.error().kind != ErrorKind::Conflict)
    return removed;
  return {};
}

}  // namespace windlass::vm
