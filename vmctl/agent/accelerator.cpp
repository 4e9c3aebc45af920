#include "vmctl/agent/accelerator.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Json;
using kube::Result;
using kube::Status;

namespace {

constexpr const char* kProbeUuid = "77696e64-6c61-4373-8000-6b766d70726f";
constexpr std::chrono::seconds kProbePatience{8};
constexpr std::size_t kMaxLog = 4 << 20;

// Far enough into the kernel's start: processors, timers and memory work. Printed by every Linux right before user
// space.
bool bootedFarEnough(const std::string& log) {
  return log.find("Freeing unused kernel") != std::string::npos ||
         log.find("Unable to mount root fs") != std::string::npos;
}

std::string bootId() {
  const Result<std::string> id = readFile("/proc/sys/kernel/random/boot_id", 256);
  return id ? id->substr(0, 36) : "";
}

}  // namespace

KvmDevice statKvm(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISCHR(info.st_mode)) return {};
  return {true, info.st_mode & 0777u, info.st_uid, info.st_gid};
}

Status kvmUsable(const KvmDevice& device, const QemuUser& user) {
  if (!device.exists) return fail(ErrorKind::Missing, "this node has no /dev/kvm");
  const unsigned wanted = user.uid == 0 ? 0 : device.uid == user.uid ? 0600 : device.gid == user.gid ? 0060 : 0006;
  if ((device.mode & wanted) == wanted) return {};
  return fail(
      ErrorKind::Forbidden,
      fmt::format("/dev/kvm (mode {:o}, owner {}:{}) cannot be opened by QEMU's user {}:{}; libvirt then takes about a "
                  "minute for each start. Give it to that group with mode 660, or remove the device",
                  device.mode, device.uid, device.gid, user.uid, user.gid));
}

std::string probeXml(const std::string& uuid, const std::string& kernel, const std::string& log) {
  return fmt::format(
      "<domain type='kvm'><name>windlass-kvm-probe</name><uuid>{}</uuid><memory unit='MiB'>128</memory><vcpu>1</vcpu>"
      "<os><type arch='x86_64' machine='pc'>hvm</type><kernel>{}</kernel>"
      "<cmdline>console=ttyS0 earlyprintk=ttyS0 panic=-1</cmdline></os><features><acpi/><apic/></features>"
      "<cpu mode='host-passthrough'/><on_reboot>destroy</on_reboot><devices><controller type='usb' model='none'/>"
      "<serial type='file'><source path='{}'/></serial><memballoon model='none'/></devices></domain>",
      uuid, kernel, log);
}

Accelerators::Accelerators(Hypervisor& hypervisor, Accelerator nodeDefault, std::string stateDirectory)
    : hypervisor_(hypervisor), nodeDefault_(nodeDefault), stateDirectory_(std::move(stateDirectory)) {}

Status Accelerators::usable() {
  const KvmDevice device = statKvm();
  if (!device.exists) return kvmUsable(device, {});
  WINDLASS_TRY_ASSIGN(const QemuUser user, hypervisor_.qemuUser());
  return kvmUsable(device, user);
}

bool Accelerators::tryKernel(const std::string& kernel) {
  const std::string log = stateDirectory_ + "/kvm-probe.log";
  std::remove(log.c_str());
  hypervisor_.destroy(kProbeUuid).map_error([](const kube::Error& error) { spdlog::debug("{}", error.toString()); });
  spdlog::info("finding out whether a kernel boots with KVM on this node");
  Status started = hypervisor_.createPaused(probeXml(kProbeUuid, kernel, log));
  if (started) started = hypervisor_.resume(kProbeUuid);
  bool booted = false;
  const auto until = std::chrono::steady_clock::now() + kProbePatience;
  while (started && !booted && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const Result<std::string> text = readFile(log, kMaxLog);
    booted = text && bootedFarEnough(*text);
  }
  if (!started) spdlog::warn("the KVM probe did not start: {}", started.error().toString());
  const Status ended = hypervisor_.destroy(kProbeUuid);
  if (!ended) spdlog::warn("the KVM probe did not end: {}", ended.error().toString());
  hypervisor_.forgetStop(kProbeUuid);
  std::remove(log.c_str());
  spdlog::info("guests that say auto run with {} on this node", booted ? "kvm" : "qemu");
  return booted;
}

bool Accelerators::provenOnThisBoot(const std::string& kernel) {
  const std::lock_guard lock(mutex_);
  if (proven_) return *proven_;
  const std::string path = stateDirectory_ + "/accelerator.json";
  const Result<std::string> text = readFile(path, 4096);
  const Json known = text ? Json::parse(*text, nullptr, false) : Json();
  if (known.is_object() && kube::stringAt(known, "/bootId") == bootId()) {
    proven_ = kube::boolAt(known, "/kvmBoots");
    return *proven_;
  }
  if (kernel.empty()) return false;  // nothing to find out with; the next guest may bring a kernel
  proven_ = tryKernel(kernel);
  const Json result = {{"bootId", bootId()}, {"kvmBoots", *proven_}};
  const Status kept = writeDurably(path, result.dump() + "\n", 0600);
  if (!kept) spdlog::warn("the result of the KVM probe is not kept: {}", kept.error().toString());
  return *proven_;
}

Result<Acceleration> Accelerators::choose(Accelerator wanted, const std::string& kernel) {
  if (wanted == Accelerator::Auto) wanted = nodeDefault_;
  if (wanted == Accelerator::Qemu) return Acceleration::Emulation;
  const Status able = usable();
  if (wanted == Accelerator::Kvm) {
    if (!able) return fail(ErrorKind::Invalid, "spec.accelerator is kvm, but " + able.error().message);
    return Acceleration::Kvm;
  }
  if (!able) return Acceleration::Emulation;
  return provenOnThisBoot(kernel) ? Acceleration::Kvm : Acceleration::Emulation;
}

}  // namespace windlass::vm
