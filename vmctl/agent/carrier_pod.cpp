#include "vmctl/agent/carrier_pod.h"

#include "kube/object/meta.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Json;

namespace {

std::uint64_t memoryLimitOf(const Json& pod) {
  const Json* containers = kube::find(pod, "/spec/containers");
  if (containers == nullptr || !containers->is_array()) return 0;
  for (const Json& container : *containers) {
    if (kube::stringAt(container, "/name") != "guest") continue;
    const kube::Result<std::uint64_t> bytes = parseMemory(kube::stringAt(container, "/resources/limits/memory"));
    return bytes ? *bytes : 0;
  }
  return 0;
}

}  // namespace

kube::Result<CarrierPod> readCarrierPod(const Json& pod, const std::string& node) {
  const std::string name = kube::keyOf(pod).toString();
  if (kube::stringAt(pod, "/spec/nodeName") != node)
    return fail(ErrorKind::Invalid, "pod " + name + " is not on this node");
  const std::optional<kube::OwnerReference> owner = kube::controllerOf(pod);
  if (!owner || owner->apiVersion != VirtualMachineKind.apiVersion() || owner->kind != VirtualMachineKind.kind) {
    return fail(ErrorKind::Invalid, "pod " + name + " has the label " + std::string(VmLabel) +
                                        " but is not controlled by a VirtualMachine; it gets no guest");
  }
  CarrierPod carrier;
  carrier.vmName = owner->name;
  carrier.vmUid = owner->uid;
  carrier.podUid = kube::uidOf(pod);
  if (kube::annotationOf(pod, VmUidAnnotation) != owner->uid || kube::labelOf(pod, VmLabel) != owner->name) {
    return fail(ErrorKind::Invalid,
                "pod " + name + ": label and annotation name another VirtualMachine than its owner");
  }
  carrier.deleting = kube::isDeleting(pod);
  const std::string phase = kube::stringAt(pod, "/status/phase");
  carrier.terminal = phase == "Succeeded" || phase == "Failed";
  carrier.graceSeconds = static_cast<int>(kube::intAt(pod, "/metadata/deletionGracePeriodSeconds",
                                                      kube::intAt(pod, "/spec/terminationGracePeriodSeconds", 30)));
  carrier.memoryLimit = memoryLimitOf(pod);
  return carrier;
}

}  // namespace windlass::vm
