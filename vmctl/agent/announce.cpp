#include "vmctl/agent/announce.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include "vmctl/agent/files.h"
#include "vmctl/agent/netlink.h"

namespace windlass::vm {

using kube::Status;

namespace {

std::string macBytes(const std::string& mac) {
  std::string out;
  for (std::size_t i = 0; i + 1 < mac.size(); i += 3)
    out += static_cast<char>(std::stoi(mac.substr(i, 2), nullptr, 16));
  return out;
}

Status sendFrame(const std::string& device, const std::string& frame) {
  const Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket) return errnoError("cannot open a packet socket");
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(ETHERTYPE_ARP);
  to.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
  to.sll_halen = 6;
  if (sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
    return errnoError("cannot announce the guest's address on", device);
  }
  return {};
}

}  // namespace

std::string arpAnnouncement(const std::string& mac, const std::string& address) {
  char ip[4];
  if (mac.size() != 17 || inet_pton(AF_INET, address.substr(0, address.find('/')).c_str(), ip) != 1) return "";
  const std::string sender = macBytes(mac), target(ip, 4), everyone(6, '\377'), nobody(6, '\0');
  const std::string ethernet = everyone + sender + std::string("\x08\x06", 2);
  const std::string request("\x00\x01\x08\x00\x06\x04\x00\x01", 8);
  return ethernet + request + sender + target + nobody + target;
}

Status announce(pid_t pid, const std::string& device, const GuestNetwork& network) {
  return inNetworkNamespace(pid, [&]() -> Status {
    for (const std::string& address : network.addresses) {
      const std::string frame = arpAnnouncement(network.mac, address);
      if (!frame.empty()) WINDLASS_TRY(sendFrame(device, frame));
    }
    return {};
  });
}

}  // namespace windlass::vm
