#include "vmctl/agent/network.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "vmctl/agent/announce.h"
#include "vmctl/agent/files.h"
#include "vmctl/agent/netlink.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

namespace {

constexpr const char* kPodDevice = "eth0";  // what every CNI runtime calls it (libcni default)
constexpr const char* kBridge = "windlass";

Result<LinkInfo> ensureBridge(Netlink& pod, int mtu) {
  Result<LinkInfo> bridge = pod.link(kBridge);
  if (bridge || bridge.error().kind != ErrorKind::NotFound) return bridge;
  WINDLASS_TRY(pod.createBridge(kBridge, mtu));
  return pod.link(kBridge);
}

// The bridge is a wire of two ends and has nothing to learn. It must not: many CNI plugins reflect a pod's own
// broadcasts (hairpin mode), and a guest whose address was learned on eth0 by that would get no frame until it speaks
// again.
Status joinBridge(Netlink& pod, const LinkInfo& device, const LinkInfo& bridge) {
  WINDLASS_TRY(pod.withoutOwnIpv6(device.index));
  if (device.master != bridge.index) WINDLASS_TRY(pod.setMaster(device.index, bridge.index));
  WINDLASS_TRY(pod.withoutLearning(device.index));
  return pod.setUp(device.index);
}

Status moveTap(Netlink& pod, pid_t carrier, const std::string& tap) {
  if (pod.link(tap)) return {};
  WINDLASS_TRY_ASSIGN(Netlink node, Netlink::open(0));
  WINDLASS_TRY_ASSIGN(const LinkInfo device, node.link(tap));
  const std::string path = fmt::format("/proc/{}/ns/net", carrier);
  const Fd ns(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!ns) return errnoError("cannot open", path);
  return node.moveTo(device.index, ns);
}

}  // namespace

std::string tapName(const std::string& vmUid) {
  std::string hex;
  std::copy_if(vmUid.begin(), vmUid.end(), std::back_inserter(hex), [](char c) { return c != '-'; });
  return "wl" + hex.substr(0, 12);  // IFNAMSIZ leaves 15 characters
}

Result<GuestNetwork> readPodNetwork(pid_t carrier) {
  WINDLASS_TRY_ASSIGN(Netlink pod, Netlink::open(carrier));
  WINDLASS_TRY_ASSIGN(const LinkInfo device, pod.link(kPodDevice));
  WINDLASS_TRY_ASSIGN(const std::vector<AddressInfo> addresses, pod.addresses(device.index));
  WINDLASS_TRY_ASSIGN(const std::vector<RouteInfo> routes, pod.routes(device.index));
  GuestNetwork network;
  network.mtu = device.mtu;
  for (const AddressInfo& address : addresses) {
    if (!address.linkLocal) network.addresses.push_back(address.cidr);
  }
  for (const RouteInfo& route : routes) network.routes.push_back({route.destination, route.gateway});
  if (network.addresses.empty()) return fail(ErrorKind::Internal, "the pod's eth0 has no address to give to the guest");
  return network;
}

void readResolvConf(const std::string& text, GuestNetwork& network) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key, word;
    words >> key;
    if (key == "nameserver" && words >> word) network.nameservers.push_back(word);
    if (key == "search") {
      network.searchDomains.clear();
      while (words >> word) network.searchDomains.push_back(word);
    }
  }
}

Status createTap(const std::string& name, int mtu) {
  WINDLASS_TRY(removeTap(name));
  const Fd tun(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  if (!tun) return errnoError("cannot open", "/dev/net/tun");
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(tun.get(), TUNSETIFF, &request) != 0) return errnoError("cannot make tap device", name);
  if (ioctl(tun.get(), TUNSETPERSIST, 1) != 0) return errnoError("cannot keep tap device", name);
  WINDLASS_TRY_ASSIGN(Netlink node, Netlink::open(0));
  WINDLASS_TRY_ASSIGN(const LinkInfo device, node.link(name));
  WINDLASS_TRY(node.withoutOwnIpv6(device.index));
  return node.setMtu(device.index, mtu);
}

Status removeTap(const std::string& name) {
  WINDLASS_TRY_ASSIGN(Netlink node, Netlink::open(0));
  const Result<LinkInfo> device = node.link(name);
  if (!device) return device.error().kind == ErrorKind::NotFound ? Status{} : fail(device.error());
  return node.removeLink(device->index);
}

Status handOver(pid_t carrier, const std::string& tap, const GuestNetwork& network) {
  WINDLASS_TRY_ASSIGN(Netlink pod, Netlink::open(carrier));
  WINDLASS_TRY(moveTap(pod, carrier, tap));
  WINDLASS_TRY_ASSIGN(const LinkInfo eth0, pod.link(kPodDevice));
  WINDLASS_TRY_ASSIGN(const LinkInfo guest, pod.link(tap));
  WINDLASS_TRY_ASSIGN(const LinkInfo bridge, ensureBridge(pod, network.mtu));
  WINDLASS_TRY(pod.withoutOwnIpv6(bridge.index));
  WINDLASS_TRY(joinBridge(pod, eth0, bridge));
  WINDLASS_TRY(joinBridge(pod, guest, bridge));
  WINDLASS_TRY(pod.setUp(bridge.index));
  WINDLASS_TRY_ASSIGN(const std::vector<AddressInfo> addresses, pod.addresses(eth0.index));
  for (const AddressInfo& address : addresses) WINDLASS_TRY(pod.removeAddress(eth0.index, address));
  return announce(carrier, kPodDevice, network);
}

}  // namespace windlass::vm
