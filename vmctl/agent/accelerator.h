#pragma once
// kvm or qemu (TCG) for a guest. A device that opens proves nothing: there are machines on which /dev/kvm answers and
// stock kernels hang. So `auto` takes kvm only after a kernel was seen to boot with it on this node, once a node boot.
#include <mutex>
#include <optional>
#include <string>

#include "kube/object/result.h"
#include "vmctl/agent/libvirt.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {

struct KvmDevice {
  bool exists = false;
  unsigned mode = 0;
  unsigned uid = 0;
  unsigned gid = 0;
};
KvmDevice statKvm(const std::string& path = "/dev/kvm");

// Missing: no device. Forbidden: libvirt's own root can open it and QEMU's user cannot; libvirt then distrusts its
// cache of QEMU's abilities at each look-up and every start takes a minute. Pure.
kube::Status kvmUsable(const KvmDevice& device, const QemuUser& user);

// The domain that tries a kernel: KVM, no disk, no network, serial port into `log`. Pure.
std::string probeXml(const std::string& uuid, const std::string& kernel, const std::string& log);

class Accelerators {
 public:
  // `nodeDefault` answers for VMs that say auto; auto again means: find out.
  Accelerators(Hypervisor& hypervisor, Accelerator nodeDefault, std::string stateDirectory);

  // `kernel`: a bootable kernel on this node to find out with, may be empty. Blocks up to 10 s when it has to find out.
  // Invalid when the VM insists on kvm and this node cannot.
  kube::Result<Acceleration> choose(Accelerator wanted, const std::string& kernel);

 private:
  kube::Status usable();
  bool provenOnThisBoot(const std::string& kernel);
  bool tryKernel(const std::string& kernel);

  Hypervisor& hypervisor_;
  const Accelerator nodeDefault_;
  const std::string stateDirectory_;
  std::mutex mutex_;
  std::optional<bool> proven_;
};

}  // namespace windlass::vm
