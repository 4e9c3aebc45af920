#include "vmctl/domain/seed.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace windlass::vm {
namespace {

SeedInput sample() {
  SeedInput input;
  input.instanceId = "7a1e7f6c";
  input.hostname = "web";
  input.userData = "#cloud-config\npackages: [curl]\n";
  input.network = {"52:54:00:12:34:56",
                   {"10.244.1.7/24"},
                   {{"0.0.0.0/0", "10.244.1.1"}, {"10.244.0.0/16", ""}},
                   1450,
                   {"10.96.0.10"},
                   {"openstack.svc.cluster.local", "svc.cluster.local"}};
  return input;
}

std::string contentOf(const std::vector<SeedFile>& files, const std::string& name) {
  for (const SeedFile& file : files) {
    if (file.name == name) return file.content;
  }
  return "(no file " + name + ")";
}

TEST(Seed, GivesTheGuestThePodsNetwork) {
  EXPECT_EQ(contentOf(seedFiles(sample()), "network-config"),
            "version: 2\n"
            "ethernets:\n"
            "  eth0:\n"
            "    match:\n"
            "      macaddress: \"52:54:00:12:34:56\"\n"
            "    set-name: eth0\n"
            "    dhcp4: false\n"
            "    dhcp6: false\n"
            "    mtu: 1450\n"
            "    addresses: [\"10.244.1.7/24\"]\n"
            "    routes:\n"
            "      - to: \"0.0.0.0/0\"\n"
            "        via: \"10.244.1.1\"\n"
            "        on-link: true\n"
            "    nameservers:\n"
            "      addresses: [\"10.96.0.10\"]\n"
            "      search: [\"openstack.svc.cluster.local\", \"svc.cluster.local\"]\n");
}

TEST(Seed, LetsNoValueEscapeIntoYaml) {
  SeedInput input = sample();
  input.network.searchDomains = {"y\"\n- z"};
  input.hostname = "a: [b";
  EXPECT_NE(contentOf(seedFiles(input), "network-config").find("search: [\"y\\\"\\n- z\"]"), std::string::npos);
  EXPECT_EQ(contentOf(seedFiles(input), "meta-data"), "instance-id: \"7a1e7f6c\"\nlocal-hostname: \"a: [b\"\n");
}

TEST(Seed, HandsTheKeysToTheDefaultUser) {
  SeedInput input = sample();
  input.authorizedKeys = {"ssh-ed25519 AAAA me@home"};
  EXPECT_NE(contentOf(seedFiles(input), "meta-data").find("public-keys: [\"ssh-ed25519 AAAA me@home\"]\n"),
            std::string::npos);
}

TEST(Seed, PassesUserDataUnchanged) {
  EXPECT_EQ(contentOf(seedFiles(sample()), "user-data"), sample().userData);
}

// Unpacks with the tool people would use; isoinfo reads the Joliet tree as Linux does.
TEST(Iso, HoldsTheFilesUnderTheirNames) {
  std::vector<SeedFile> files = seedFiles(sample());
  files.push_back({"large", std::string(70000, 'x') + "end"});
  files.push_back({"empty", ""});
  const std::string path = testing::TempDir() + "windlass-seed-" + std::to_string(getpid()) + ".iso";
  std::ofstream(path, std::ios::binary) << isoImage("cidata", files);
  for (const SeedFile& file : files) {
    const std::string out = path + ".file";
    const std::string command = "isoinfo -i " + path + " -J -x /" + file.name + " > " + out + " 2>" + out + ".log";
    ASSERT_EQ(std::system(command.c_str()), 0) << "(needs package genisoimage)";
    std::ifstream in(out, std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    EXPECT_EQ(content.str(), file.content) << file.name;
    std::filesystem::remove(out);
    std::filesystem::remove(out + ".log");
  }
  std::filesystem::remove(path);
}

TEST(Iso, IsTheSameForTheSameFiles) {
  EXPECT_EQ(isoImage("cidata", seedFiles(sample())), isoImage("cidata", seedFiles(sample())));
}

TEST(Iso, HasItsLabelWhereBlkidLooks) {
  EXPECT_EQ(isoImage("cidata", {}).substr(16 * 2048 + 40, 7), "cidata ");
}

}  // namespace
}  // namespace windlass::vm
