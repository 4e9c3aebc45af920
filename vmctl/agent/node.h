#pragma once
// What the agent does to its node besides libvirt: files, devices, networks, cgroups. Pure virtual, so that the order
// of a start and every interruption of it can be tested without root. `carrier` is the carrier's process.
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

#include "kube/object/result.h"
#include "vmctl/agent/fd.h"
#include "vmctl/domain/domain.h"
#include "vmctl/domain/seed.h"

namespace windlass::vm {

// A guest image, cached on the node.
struct NodeImage {
  std::optional<KernelBoot> kernel;  // present: the guest boots it
  std::optional<DiskImage> disk;     // the base of its root disk
  std::vector<std::string> digests;  // in the cache
};

class Node {
 public:
  virtual ~Node() = default;

  virtual kube::Result<NodeImage> prepareImage(pid_t carrier) = 0;
  // The user data from the carrier's Secret volume; Missing when it has none.
  virtual kube::Result<std::string> readUserData(pid_t carrier) = 0;
  virtual kube::Result<GuestNetwork> readNetwork(pid_t carrier) = 0;
  virtual kube::Status writeFile(const std::string& path, const std::string& content) = 0;
  // A qcow2 file that keeps what the guest writes on top of `base`; an existing one is replaced.
  virtual kube::Status createOverlay(const DiskImage& base, const std::string& path) = 0;
  virtual kube::Status createTap(const std::string& name, int mtu) = 0;
  virtual kube::Status removeTap(const std::string& name) = 0;
  virtual kube::Status handOverNetwork(pid_t carrier, const std::string& tap, const GuestNetwork& network) = 0;
  virtual kube::Status joinCgroups(pid_t carrier, const Identity& identity) = 0;
  virtual kube::Result<Fd> openConsole(const std::string& socket) = 0;
};

struct NodeOptions {
  std::string stateDirectory = "/var/lib/windlass";
  std::string libvirtRunDirectory = "/run/libvirt/qemu";  // where libvirt writes QEMU's pid files
  std::uint64_t imageCacheBytes = 20ULL << 30;
};
std::unique_ptr<Node> makeLinuxNode(const NodeOptions& options, std::function<std::set<std::string>()> imagesInUse);

}  // namespace windlass::vm
