#include "vmctl/agent/netlink.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

Status inNetworkNamespace(pid_t pid, const std::function<Status()>& body) {
  Status result;
  std::thread([&] {
    const std::string path = fmt::format("/proc/{}/ns/net", pid);
    const Fd ns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!ns) {
      result = errnoError("cannot open", path);
    } else if (setns(ns.get(), CLONE_NEWNET) != 0) {
      result = errnoError("cannot enter", path);
    } else {
      result = body();
    }
  }).join();
  return result;
}

// A request with room for the few attributes used here.
class Netlink::Message {
 public:
  Message(int type, int flags) {
    header().nlmsg_len = NLMSG_LENGTH(0);
    header().nlmsg_type = static_cast<std::uint16_t>(type);
    header().nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  }
  nlmsghdr& header() { return *reinterpret_cast<nlmsghdr*>(buffer_); }
  template <class T>
  Message& fixed(const T& value) {
    std::memcpy(buffer_ + header().nlmsg_len, &value, sizeof value);
    header().nlmsg_len += NLMSG_ALIGN(sizeof value);
    return *this;
  }
  Message& attribute(int type, const void* data, std::size_t size) {
    rtattr head{static_cast<std::uint16_t>(RTA_LENGTH(size)), static_cast<std::uint16_t>(type)};
    char* at = buffer_ + NLMSG_ALIGN(header().nlmsg_len);
    std::memcpy(at, &head, sizeof head);
    if (size > 0) std::memcpy(at + RTA_LENGTH(0), data, size);
    header().nlmsg_len = NLMSG_ALIGN(header().nlmsg_len) + static_cast<std::uint32_t>(RTA_ALIGN(RTA_LENGTH(size)));
    return *this;
  }
  Message& text(int type, const std::string& value) { return attribute(type, value.c_str(), value.size() + 1); }
  template <class T>
  Message& number(int type, T value) {
    return attribute(type, &value, sizeof value);
  }
  std::size_t begin(int type) {
    const std::size_t at = NLMSG_ALIGN(header().nlmsg_len);
    attribute(type | NLA_F_NESTED, nullptr, 0);
    return at;
  }
  void end(std::size_t at) {
    const auto length = static_cast<std::uint16_t>(header().nlmsg_len - at);
    std::memcpy(buffer_ + at, &length, sizeof length);
  }

 private:
  alignas(nlmsghdr) char buffer_[1024] = {};
};

namespace {

// Calls `each` for every attribute between `first` and the end of the message.
void forAttributes(const rtattr* first, int length, const std::function<void(int, const char*, std::size_t)>& each) {
  for (const rtattr* at = first; RTA_OK(at, length); at = RTA_NEXT(at, length)) {
    each(at->rta_type & NLA_TYPE_MASK, static_cast<const char*>(RTA_DATA(at)), RTA_PAYLOAD(at));
  }
}

std::string addressText(int family, const char* data, std::size_t size) {
  char out[INET6_ADDRSTRLEN] = "";
  if (size < (family == AF_INET ? 4u : 16u)) return "";
  return inet_ntop(family, data, out, sizeof out) != nullptr ? out : "";
}

template <class T>
T numberFrom(const char* data, std::size_t size) {
  T value{};
  if (size >= sizeof value) std::memcpy(&value, data, sizeof value);
  return value;
}

std::string macText(const char* data, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += fmt::format("{}{:02x}", i == 0 ? "" : ":", static_cast<unsigned char>(data[i]));
  }
  return out;
}

template <class T>
const T* payload(const nlmsghdr& header) {
  return reinterpret_cast<const T*>(reinterpret_cast<const char*>(&header) + NLMSG_LENGTH(0));
}

ifinfomsg linkHeader(int index) {
  ifinfomsg info{};
  info.ifi_family = AF_UNSPEC;
  info.ifi_index = index;
  return info;
}

}  // namespace

Result<Netlink> Netlink::open(pid_t pid) {
  Fd fd;
  const auto make = [&]() -> Status {
    fd = Fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd) return errnoError("cannot open a netlink socket");
    const timeval patience{5, 0};  // the kernel answers at once; this bounds a mistake of ours
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return {};
  };
  WINDLASS_TRY(pid == 0 ? make() : inNetworkNamespace(pid, make));
  return Netlink(std::move(fd));
}

Status Netlink::talk(Message& message, const std::string& what, const std::function<void(const nlmsghdr&)>& each) {
  message.header().nlmsg_seq = ++sequence_;
  // A dump ends with DONE instead of an acknowledgement. (NLM_F_EXCL shares a bit with NLM_F_DUMP.)
  const bool dump = (message.header().nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  if (!dump) message.header().nlmsg_flags |= NLM_F_ACK;
  if (send(fd_.get(), &message.header(), message.header().nlmsg_len, 0) < 0) return errnoError("cannot " + what);
  alignas(nlmsghdr) char buffer[32768];
  for (;;) {
    const ssize_t received = recv(fd_.get(), buffer, sizeof buffer, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return errnoError("cannot " + what);
    auto left = static_cast<unsigned>(received);
    for (const auto* header = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_seq != sequence_) continue;
      if (header->nlmsg_type == NLMSG_DONE) return {};
      if (header->nlmsg_type == NLMSG_ERROR) {
        errno = -payload<nlmsgerr>(*header)->error;
        if (errno == 0) return {};
        if (errno == ENODEV) return fail(ErrorKind::NotFound, "cannot " + what + ": no such device");
        return errnoError("cannot " + what);
      }
      if (each) each(*header);
    }
  }
}

Result<LinkInfo> Netlink::link(const std::string& name) {
  Message message(RTM_GETLINK, 0);
  message.fixed(linkHeader(0)).text(IFLA_IFNAME, name);
  LinkInfo info;
  WINDLASS_TRY(talk(message, "look up device " + name, [&](const nlmsghdr& answer) {
    info.index = payload<ifinfomsg>(answer)->ifi_index;
    forAttributes(IFLA_RTA(payload<ifinfomsg>(answer)), static_cast<int>(IFLA_PAYLOAD(&answer)),
                  [&](int type, const char* data, std::size_t size) {
                    if (type == IFLA_MTU) info.mtu = static_cast<int>(numberFrom<std::uint32_t>(data, size));
                    if (type == IFLA_MASTER) info.master = static_cast<int>(numberFrom<std::uint32_t>(data, size));
                    if (type == IFLA_ADDRESS) info.mac = macText(data, size);
                  });
  }));
  return info;
}

Result<std::vector<AddressInfo>> Netlink::addresses(int index) {
  Message message(RTM_GETADDR, NLM_F_DUMP);
  message.fixed(ifaddrmsg{});
  std::vector<AddressInfo> out;
  WINDLASS_TRY(talk(message, "list addresses", [&](const nlmsghdr& answer) {
    const auto* head = payload<ifaddrmsg>(answer);
    if (static_cast<int>(head->ifa_index) != index) return;
    std::string local, peer;
    forAttributes(IFA_RTA(head), static_cast<int>(IFA_PAYLOAD(&answer)),
                  [&](int type, const char* data, std::size_t size) {
                    if (type == IFA_LOCAL) local = addressText(head->ifa_family, data, size);
                    if (type == IFA_ADDRESS) peer = addressText(head->ifa_family, data, size);
                  });
    const std::string& address = local.empty() ? peer : local;
    if (address.empty()) return;
    out.push_back(
        {head->ifa_family, fmt::format("{}/{}", address, head->ifa_prefixlen), head->ifa_scope == RT_SCOPE_LINK});
  }));
  return out;
}

Result<std::vector<RouteInfo>> Netlink::routes(int index) {
  Message message(RTM_GETROUTE, NLM_F_DUMP);
  message.fixed(rtmsg{});
  std::vector<RouteInfo> out;
  WINDLASS_TRY(talk(message, "list routes", [&](const nlmsghdr& answer) {
    const auto* head = payload<rtmsg>(answer);
    if (head->rtm_table != RT_TABLE_MAIN || head->rtm_type != RTN_UNICAST || head->rtm_protocol == RTPROT_KERNEL)
      return;
    int device = 0;
    RouteInfo route{head->rtm_family, "", ""};
    forAttributes(RTM_RTA(head), static_cast<int>(RTM_PAYLOAD(&answer)),
                  [&](int type, const char* data, std::size_t size) {
                    if (type == RTA_OIF) device = numberFrom<int>(data, size);
                    if (type == RTA_DST) route.destination = addressText(head->rtm_family, data, size);
                    if (type == RTA_GATEWAY) route.gateway = addressText(head->rtm_family, data, size);
                  });
    if (device != index) return;
    if (route.destination.empty()) route.destination = head->rtm_family == AF_INET ? "0.0.0.0" : "::";
    route.destination += fmt::format("/{}", head->rtm_dst_len);
    out.push_back(route);
  }));
  return out;
}

Status Netlink::createBridge(const std::string& name, int mtu) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.fixed(linkHeader(0)).text(IFLA_IFNAME, name).number<std::uint32_t>(IFLA_MTU, static_cast<std::uint32_t>(mtu));
  const std::size_t info = message.begin(IFLA_LINKINFO);
  message.text(IFLA_INFO_KIND, "bridge");
  const std::size_t data = message.begin(IFLA_INFO_DATA);
  message.number<std::uint32_t>(IFLA_BR_FORWARD_DELAY, 0).number<std::uint32_t>(IFLA_BR_STP_STATE, 0);
  message.number<std::uint8_t>(IFLA_BR_MCAST_SNOOPING, 0);
  message.end(data);
  message.end(info);
  return talk(message, "create bridge " + name);
}

Status Netlink::setMaster(int index, int master) {
  Message message(RTM_SETLINK, 0);
  message.fixed(linkHeader(index)).number<std::int32_t>(IFLA_MASTER, master);
  return talk(message, "put a device into the bridge");
}

Status Netlink::withoutLearning(int index) {
  Message message(RTM_NEWLINK, 0);
  message.fixed(linkHeader(index));
  const std::size_t info = message.begin(IFLA_LINKINFO);
  message.text(IFLA_INFO_SLAVE_KIND, "bridge");
  const std::size_t data = message.begin(IFLA_INFO_SLAVE_DATA);
  message.number<std::uint8_t>(IFLA_BRPORT_LEARNING, 0);
  message.end(data);
  message.end(info);
  return talk(message, "keep a port of the bridge from learning addresses");
}

Status Netlink::setUp(int index) {
  Message message(RTM_SETLINK, 0);
  ifinfomsg info = linkHeader(index);
  info.ifi_flags = IFF_UP;
  info.ifi_change = IFF_UP;
  message.fixed(info);
  return talk(message, "set a device up");
}

Status Netlink::setMtu(int index, int mtu) {
  Message message(RTM_SETLINK, 0);
  message.fixed(linkHeader(index)).number<std::uint32_t>(IFLA_MTU, static_cast<std::uint32_t>(mtu));
  return talk(message, fmt::format("set the MTU {}", mtu));
}

Status Netlink::withoutOwnIpv6(int index) {
  Message message(RTM_SETLINK, 0);
  message.fixed(linkHeader(index));
  const std::size_t spec = message.begin(IFLA_AF_SPEC);
  const std::size_t inet6 = message.begin(AF_INET6);
  message.number<std::uint8_t>(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  message.end(inet6);
  message.end(spec);
  const Status done = talk(message, "turn off automatic IPv6 addresses");
  // A kernel or namespace without IPv6 has none to turn off.
  if (!done && done.error().message.find("not supported") != std::string::npos) return {};
  return done;
}

Status Netlink::moveTo(int index, const Fd& netns) {
  Message message(RTM_SETLINK, 0);
  message.fixed(linkHeader(index)).number<std::int32_t>(IFLA_NET_NS_FD, netns.get());
  return talk(message, "move a device into the carrier's network namespace");
}

Status Netlink::removeAddress(int index, const AddressInfo& address) {
  const std::size_t slash = address.cidr.find('/');
  char bytes[16] = {};
  if (inet_pton(address.family, address.cidr.substr(0, slash).c_str(), bytes) != 1) {
    return fail(ErrorKind::Invalid, "not an address: " + address.cidr);
  }
  Message message(RTM_DELADDR, 0);
  ifaddrmsg head{};
  head.ifa_family = static_cast<std::uint8_t>(address.family);
  head.ifa_prefixlen = static_cast<std::uint8_t>(std::stoi(address.cidr.substr(slash + 1)));
  head.ifa_index = static_cast<std::uint32_t>(index);
  message.fixed(head).attribute(IFA_LOCAL, bytes, address.family == AF_INET ? 4 : 16);
  return talk(message, "take the address " + address.cidr + " off the pod's device");
}

Status Netlink::removeLink(int index) {
  Message message(RTM_DELLINK, 0);
  message.fixed(linkHeader(index));
  return talk(message, "remove a device");
}

}  // namespace windlass::vm
