#pragma once
// rtnetlink as far as the agent needs it: links, addresses, routes, in any network namespace. Source: rtnetlink(7),
// linux/rtnetlink.h, linux/if_link.h.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kube/object/result.h"
#include "vmctl/agent/fd.h"

struct nlmsghdr;

namespace windlass::vm {

struct LinkInfo {
  int index = 0;
  int mtu = 1500;
  int master = 0;  // index of the bridge it belongs to, 0: none
  std::string mac;
};

struct AddressInfo {
  int family = 0;
  std::string cidr;  // "10.244.1.7/24"
  bool linkLocal = false;
};

struct RouteInfo {
  int family = 0;
  std::string destination;  // "0.0.0.0/0"
  std::string gateway;      // empty: on the link
};

class Netlink {
 public:
  // A socket in the network namespace of process `pid` (0: our own). It stays there whatever thread uses it.
  static kube::Result<Netlink> open(pid_t pid);

  // NotFound when there is none.
  kube::Result<LinkInfo> link(const std::string& name);
  kube::Result<std::vector<AddressInfo>> addresses(int index);
  kube::Result<std::vector<RouteInfo>> routes(int index);

  kube::Status createBridge(const std::string& name, int mtu);
  kube::Status setMaster(int index, int master);
  // A port of a bridge that learns no address: frames for it go to the other ports always.
  kube::Status withoutLearning(int index);
  kube::Status setUp(int index);
  kube::Status setMtu(int index, int mtu);
  // Keeps the kernel from giving the link an IPv6 address of its own.
  kube::Status withoutOwnIpv6(int index);
  kube::Status moveTo(int index, const Fd& netns);
  kube::Status removeAddress(int index, const AddressInfo& address);
  kube::Status removeLink(int index);

 private:
  class Message;
  explicit Netlink(Fd fd) : fd_(std::move(fd)) {}
  // Sends, and hands every answer to `each` until the acknowledgement or the end of the dump.
  kube::Status talk(Message& message, const std::string& what,
                    const std::function<void(const nlmsghdr&)>& each = nullptr);

  Fd fd_;
  std::uint32_t sequence_ = 0;
};

// Runs `body` on a thread of its own inside the network namespace of `pid`, so that no other thread ever changes place.
kube::Status inNetworkNamespace(pid_t pid, const std::function<kube::Status()>& body);

}  // namespace windlass::vm
