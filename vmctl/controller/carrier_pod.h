#pragma once
// The carrier pod of a VirtualMachine: a pure function of the VM and of a few settings. The pod reserves what the guest
// needs, has its address and mounts its image; the node's agent finds it by its label and starts the guest in it.
// What agent and carrier expect of it: docs/virtual-machines.md.
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

struct CarrierSettings {
  std::string image = "windlass.dev/vm-carrier:dev";
  std::string imagePullPolicy = "IfNotPresent";
  int cpuMilliPerCore = 100;  // request a virtual processor, in thousandths of a real one; there is no limit
};

inline constexpr std::string_view VmGenerationAnnotation = "windlass.dev/vm-generation";
// What the running guest was started from, as JSON; inline user data only as a digest.
inline constexpr std::string_view GuestSpecAnnotation = "windlass.dev/guest-spec";
// Comma-separated keys of the labels that were copied from the VM, so that removed ones can be removed here too.
inline constexpr std::string_view CopiedLabelsAnnotation = "windlass.dev/copied-labels";
// Added to the guest's grace period: time for the carrier to end after the guest was turned off.
inline constexpr int GraceMarginSeconds = 5;

// Named like the VM, in its namespace: a second pod for the same VM cannot exist.
kube::Json carrierPod(const VirtualMachine& vm, const CarrierSettings& settings);

// The parts of the spec that take effect when a guest starts.
kube::Json guestSpec(const VirtualMachineSpec& spec);
// Dotted names of the fields in which the VM differs from what `pod` was made from ("memory", "image.reference"),
// sorted.
std::vector<std::string> changedFields(const VirtualMachineSpec& spec, const kube::Json& pod);

// A merge patch that brings the pod's copied labels in line with the VM's; null when nothing differs.
kube::Json labelPatch(const VirtualMachine& vm, const kube::Json& pod);

}  // namespace windlass::vm
