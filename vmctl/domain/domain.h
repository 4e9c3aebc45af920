#pragma once
// A guest as values, and the libvirt domain XML made from it. Pure: equal input gives equal bytes.
// Source of the format: https://libvirt.org/formatdomain.html; tests check the output against libvirt's RNG schema.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/result.h"

namespace windlass::vm {

enum class Acceleration { Kvm, Emulation };
// "kvm" or "qemu", the domain types of libvirt.
std::string_view domainType(Acceleration acceleration);

struct DiskImage {
  std::string path;    // on the node
  std::string format;  // "qcow2" or "raw"
};

struct Disk {
  DiskImage image;
  // The one layer below; nothing below that (QEMU must never follow a path a guest image names).
  std::optional<DiskImage> backing;
  bool readOnly = false;
  std::string target;  // "vda"
  std::string serial;  // what the guest sees in /dev/disk/by-id; at most 20 characters
};

struct KernelBoot {
  std::string kernel;  // paths on the node
  std::string initrd;  // may be empty
  std::string arguments;
};

struct Nic {
  std::string mac;
  std::string tap;  // an existing tap device that libvirt does not manage
  int mtu = 1500;
};

// Whom a domain belongs to; kept in its metadata so that a domain alone tells everything needed to end it in good
// order.
struct Identity {
  std::string ns;
  std::string name;
  std::string vmUid;  // also the domain's UUID: libvirt itself then refuses a second domain for one VM
  std::int64_t generation = 0;
  std::string podName;
  std::string podUid;
  bool operator==(const Identity&) const = default;
};

struct Domain {
  Identity identity;
  Acceleration acceleration = Acceleration::Emulation;
  std::uint64_t memoryBytes = 0;
  int vcpus = 1;
  std::optional<KernelBoot> kernel;  // absent: boots from the first disk
  std::vector<Disk> disks;
  Nic nic;
  std::string consoleSocket;  // a unix socket QEMU listens on for the serial console
};

// The name libvirt knows the guest by: "<namespace>.<name>".
std::string domainName(const Identity& identity);
std::string domainXml(const Domain& domain);

// Reads the identity back from domain XML as libvirt returns it. NotFound: not a domain of ours. Decode: damaged.
kube::Result<Identity> identityFromXml(const std::string& xml);

// A stable, locally administered unicast MAC address from the VM's UID.
std::string macFor(const std::string& vmUid);

}  // namespace windlass::vm
