// The hand-over of a pod's network to its guest, with real devices in a network namespace of the test's own.
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmctl/agent/fd.h"
#include "vmctl/agent/netlink.h"
#include "vmctl/agent/network.h"

namespace windlass::vm {
namespace {

constexpr const char* kTap = "wltest";
const std::string kGuest("\x52\x54\x00\x12\x34\x56", 6), kNeighbour("\x02\x00\x00\x00\x00\x01", 6);

std::string frame(const std::string& to, const std::string& from, char mark) {
  return to + from + std::string("\x88\xb5", 2) + std::string(46, mark);  // 0x88b5: for local experiments
}

// A process that does nothing in a network namespace like a pod's: eth0, whose other end stands for the node.
class Pod {
 public:
  Pod() {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO);
    const std::string script =
        "ip link add eth0 type veth peer name node && ip link set node up && ip link set eth0 up && "
        "ip address add 10.9.0.2/24 dev eth0 && echo && exec sleep 300";
    std::vector<std::string> words{"unshare", "--net", "sh", "-c", script};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&pid_, "unshare", &actions, nullptr, arguments.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ready[1]);
    char answer = 0;
    made_ = read(ready[0], &answer, 1) == 1;
    close(ready[0]);
  }
  ~Pod() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Pod(const Pod&) = delete;
  Pod& operator=(const Pod&) = delete;
  bool made() const { return made_; }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  bool made_ = false;
};

// What QEMU holds.
Fd openTap(pid_t pod) {
  Fd tap;
  const kube::Status opened = inNetworkNamespace(pod, [&tap]() -> kube::Status {
    tap = Fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    ifreq request{};
    std::strncpy(request.ifr_name, kTap, IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    EXPECT_EQ(ioctl(tap.get(), TUNSETIFF, &request), 0) << std::strerror(errno);
    return {};
  });
  EXPECT_TRUE(opened);
  return tap;
}

// The node's end of the pod's cable.
Fd openNode(pid_t pod) {
  Fd node;
  const kube::Status opened = inNetworkNamespace(pod, [&node]() -> kube::Status {
    node = Fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex("node"));
    EXPECT_EQ(bind(node.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
    return {};
  });
  EXPECT_TRUE(opened);
  return node;
}

bool arrives(const Fd& device, const std::string& expected) {
  pollfd item{device.get(), POLLIN, 0};
  char bytes[2048];
  while (poll(&item, 1, 5000) == 1) {
    const ssize_t size = read(device.get(), bytes, sizeof bytes);
    if (size > 0 && std::string(bytes, static_cast<std::size_t>(size)) == expected) return true;
  }
  return false;
}

void put(const Fd& device, const std::string& bytes) {
  ASSERT_EQ(write(device.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()))
      << std::strerror(errno);
}

TEST(HandOver, AGuestWhoseBroadcastsAreReflectedGoesOnHearingItsNeighbours) {
  const Pod pod;
  ASSERT_TRUE(pod.made()) << "needs root and iproute2";
  const Fd tap = openTap(pod.pid());
  const Fd node = openNode(pod.pid());
  GuestNetwork network;
  network.mac = "52:54:00:12:34:56";
  network.addresses = {"10.9.0.2/24"};
  const kube::Status handedOver = handOver(pod.pid(), kTap, network);
  ASSERT_TRUE(handedOver) << handedOver.error().toString();
  const std::string question = frame(std::string(6, '\xff'), kGuest, 'q');
  put(tap, question);
  ASSERT_TRUE(arrives(node, question));
  put(node, question);  // as a port in hairpin mode does
  ASSERT_TRUE(arrives(tap, question));
  const std::string answer = frame(kGuest, kNeighbour, 'a');
  put(node, answer);
  EXPECT_TRUE(arrives(tap, answer));
}

}  // namespace
}  // namespace windlass::vm
