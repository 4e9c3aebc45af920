#include "vmctl/agent/network.h"

#include <gtest/gtest.h>

#include "vmctl/agent/announce.h"

namespace windlass::vm {
namespace {

TEST(Network, ReadsNameServersAndTheLastSearchLine) {
  GuestNetwork network;
  readResolvConf(
      "# by the kubelet\nsearch old\nsearch a.svc.cluster.local svc.cluster.local\nnameserver 10.96.0.10\noptions "
      "ndots:5\n",
      network);
  EXPECT_EQ(network.nameservers, std::vector<std::string>{"10.96.0.10"});
  EXPECT_EQ(network.searchDomains, (std::vector<std::string>{"a.svc.cluster.local", "svc.cluster.local"}));
}

TEST(Network, NamesTapsWithinTheKernelsLimit) {
  EXPECT_EQ(tapName("0d8f1f9a-6e38-4d4c-9d55-0e1d2b6a7f10"), "wl0d8f1f9a6e38");
  EXPECT_LT(tapName("0d8f1f9a-6e38-4d4c-9d55-0e1d2b6a7f10").size(), 16u);
}

TEST(Announcement, SaysToEverybodyWhoHasTheAddress) {
  const std::string frame = arpAnnouncement("52:54:00:12:34:56", "10.244.1.7/24");
  const std::string mac("\x52\x54\x00\x12\x34\x56", 6), ip("\x0a\xf4\x01\x07", 4);
  ASSERT_EQ(frame.size(), 42u);
  EXPECT_EQ(frame.substr(0, 12), std::string(6, '\xff') + mac);
  EXPECT_EQ(frame.substr(12, 10), std::string("\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10));
  EXPECT_EQ(frame.substr(22), mac + ip + std::string(6, '\0') + ip);
}

TEST(Announcement, IsEmptyForIpv6) {
  EXPECT_EQ(arpAnnouncement("52:54:00:12:34:56", "fd00::7/64"), "");
}

}  // namespace
}  // namespace windlass::vm
