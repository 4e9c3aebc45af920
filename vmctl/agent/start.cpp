#include "vmctl/agent/start.h"

#include <spdlog/spdlog.h>

#include "vmctl/agent/claim.h"
#include "vmctl/agent/network.h"
#include "vmctl/carrier/protocol.h"
#include "vmctl/model/overhead.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

using kube::Error;
using kube::ErrorKind;
using kube::fail;
using kube::Json;
using kube::Result;
using kube::Status;

namespace {

Result<VirtualMachine> readVm(const AgentParts& parts, const StartInput& input) {
  const Identity& id = input.identity;
  Result<Json> object = parts.client.get(VirtualMachineKind, {id.ns, id.name});
  if (!object) return kube::wrap("cannot read VirtualMachine " + id.ns + "/" + id.name, object.error());
  WINDLASS_TRY_ASSIGN(VirtualMachine vm, decodeVirtualMachine(*object));
  if (vm.uid != id.vmUid) return fail(ErrorKind::NotFound, "the VirtualMachine of this pod was deleted");
  const std::uint64_t needed = vm.spec.memoryBytes + memoryOverheadBytes(vm.spec.memoryBytes, vm.spec.cores);
  if (input.pod.memoryLimit != 0 && needed > input.pod.memoryLimit) {
    // Retryable with a new pod, not with this one; hence not Invalid.
    return fail(ErrorKind::Internal, "spec.memory grew after the pod was made; a new pod is needed");
  }
  return vm;
}

Result<std::string> userDataOf(const AgentParts& parts, const StartInput& input, const VirtualMachine& vm) {
  if (!vm.spec.cloudInit) return std::string{};
  if (vm.spec.cloudInit->userData) return *vm.spec.cloudInit->userData;
  return parts.node.readUserData(input.carrier);
}

std::string withArguments(const std::string& image, const std::string& own) {
  if (own.empty()) return image;
  return image.empty() ? own : image + " " + own;
}

// Files of this start in the VM's directory; returns the disks in the order the guest sees them.
Result<std::vector<Disk>> makeDisks(const AgentParts& parts, const NodeImage& image, const SeedInput& seed,
                                    const std::string& directory) {
  std::vector<Disk> disks;
  if (image.disk) {
    const std::string path = directory + "/disk.qcow2";
    WINDLASS_TRY(parts.node.createOverlay(*image.disk, path));
    disks.push_back({{path, "qcow2"}, image.disk, false, "vda", "root"});
  }
  const std::string path = directory + "/seed.iso";
  WINDLASS_TRY(parts.node.writeFile(path, isoImage("cidata", seedFiles(seed))));
  disks.push_back({{path, "raw"}, std::nullopt, true, disks.empty() ? "vda" : "vdb", "cidata"});
  return disks;
}

Domain domainOf(const JournalEntry& entry, const VirtualMachine& vm, const NodeImage& image, std::vector<Disk> disks,
                const std::string& directory) {
  Domain domain;
  domain.identity = entry.identity;
  domain.acceleration = entry.acceleration;
  domain.memoryBytes = vm.spec.memoryBytes;
  domain.vcpus = vm.spec.cores;
  domain.kernel = image.kernel;
  if (domain.kernel) domain.kernel->arguments = withArguments(domain.kernel->arguments, vm.spec.kernelArguments);
  domain.disks = std::move(disks);
  domain.nic = {entry.network->mac, tapName(vm.uid), entry.network->mtu};
  domain.consoleSocket = directory + "/console.sock";
  return domain;
}

// What has to be known before anything is made, kept in the journal as it becomes known.
Result<JournalEntry> prepareEntry(const AgentParts& parts, const StartInput& input, const VirtualMachine& vm) {
  const std::optional<JournalEntry> old = parts.journal.find(vm.uid);
  JournalEntry entry;
  entry.identity = input.identity;
  entry.identity.generation = vm.generation;
  // eth0 has lost its address if an earlier start of this same pod came that far.
  if (old && old->identity.podUid == input.identity.podUid) entry.network = old->network;
  WINDLASS_TRY(parts.journal.put(entry));
  WINDLASS_TRY(acquireClaim(parts.client, entry.identity, parts.nodeName));
  if (!entry.network) {
    WINDLASS_TRY_ASSIGN(entry.network, parts.node.readNetwork(input.carrier));
    entry.network->mac = macFor(vm.uid);
    WINDLASS_TRY(parts.journal.put(entry));
  }
  return entry;
}

// From a paused domain to a running guest inside its carrier.
Status bringUp(const AgentParts& parts, const StartInput& input, const JournalEntry& entry, const Domain& domain) {
  const std::string& podUid = entry.identity.podUid;
  WINDLASS_TRY(parts.node.createTap(domain.nic.tap, domain.nic.mtu));
  WINDLASS_TRY(parts.hypervisor.createPaused(domainXml(domain)));
  {
    WINDLASS_TRY_ASSIGN(const Fd console, parts.node.openConsole(domain.consoleSocket));
    WINDLASS_TRY(parts.carriers.sendConsole(podUid, console));
  }
  WINDLASS_TRY(parts.node.handOverNetwork(input.carrier, domain.nic.tap, *entry.network));
  WINDLASS_TRY(parts.node.joinCgroups(input.carrier, entry.identity));
  return parts.hypervisor.resume(entry.identity.vmUid);
}

}  // namespace

Status startGuest(const AgentParts& parts, const StartInput& input) {
  parts.hypervisor.forgetStop(input.identity.vmUid);
  WINDLASS_TRY_ASSIGN(const VirtualMachine vm, readVm(parts, input));
  WINDLASS_TRY_ASSIGN(JournalEntry entry, prepareEntry(parts, input, vm));
  WINDLASS_TRY_ASSIGN(const NodeImage image, parts.node.prepareImage(input.carrier));
  WINDLASS_TRY_ASSIGN(const std::string userData, userDataOf(parts, input, vm));
  const std::string kernel = image.kernel ? image.kernel->kernel : "";
  WINDLASS_TRY_ASSIGN(entry.acceleration, parts.accelerators.choose(vm.spec.accelerator, kernel));
  entry.images = image.digests;
  WINDLASS_TRY(parts.journal.put(entry));
  const std::string directory = parts.journal.directoryOf(vm.uid);
  const SeedInput seed{entry.identity.podUid, vm.spec.hostname, vm.spec.sshAuthorizedKeys, userData, *entry.network};
  WINDLASS_TRY_ASSIGN(std::vector<Disk> disks, makeDisks(parts, image, seed, directory));
  return bringUp(parts, input, entry, domainOf(entry, vm, image, std::move(disks), directory));
}

std::optional<int> exitCodeOfStart(const Error& error) {
  switch (error.kind) {
    case ErrorKind::Conflict:
    case ErrorKind::Unavailable:
    case ErrorKind::Timeout:
    case ErrorKind::Transport:
    case ErrorKind::TooManyRequests:
    case ErrorKind::Cancelled:
      return std::nullopt;
    case ErrorKind::Invalid:
    case ErrorKind::Missing:
    case ErrorKind::TooLarge:
    case ErrorKind::Decode:
      return carrier::kExitStartRefused;
    default:
      return carrier::kExitStartFailed;
  }
}

}  // namespace windlass::vm
