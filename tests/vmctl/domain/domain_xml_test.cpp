#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/source_tree/source_tree.h"
#include "vmctl/domain/domain.h"

namespace windlass::vm {
namespace {

const std::string kGolden = sourcePath("tests/vmctl/domain/golden/");

Domain tinyGuest() {
  Domain domain;
  domain.identity = {"openstack", "web", "0d8f1f9a-6e38-4d4c-9d55-0e1d2b6a7f10",
                     3,           "web", "7a1e7f6c-1111-4222-8333-444455556666"};
  domain.memoryBytes = 128ULL << 20;
  domain.kernel =
      KernelBoot{"/var/lib/windlass/images/sha256-aa", "/var/lib/windlass/images/sha256-bb", "console=ttyS0"};
  domain.disks.push_back({{"/var/lib/windlass/vms/0d8f1f9a/seed.iso", "raw"}, std::nullopt, true, "vda", "cidata"});
  domain.nic = {"52:54:00:12:34:56", "wl0d8f1f9a", 1450};
  domain.consoleSocket = "/var/lib/windlass/vms/0d8f1f9a/console.sock";
  return domain;
}

Domain debianGuest() {
  Domain domain = tinyGuest();
  domain.acceleration = Acceleration::Kvm;
  domain.memoryBytes = 1ULL << 30;
  domain.vcpus = 2;
  domain.kernel.reset();
  domain.disks = {{{"/var/lib/windlass/vms/0d8f1f9a/disk.qcow2", "qcow2"},
                   DiskImage{"/var/lib/windlass/images/sha256-cc", "raw"},
                   false,
                   "vda",
                   "root"},
                  {{"/var/lib/windlass/vms/0d8f1f9a/seed.iso", "raw"}, std::nullopt, true, "vdb", "cidata"}};
  return domain;
}

Domain hostileGuest() {
  Domain domain = debianGuest();
  domain.identity.name = "a\"/><os/><x y='";
  domain.kernel = KernelBoot{"/images/<&>'\"", "", "init=/bin/sh</cmdline><devices/> \"&amp;' \x01"};
  domain.nic.tap = "'><script/>";
  domain.disks[0].serial = "<serial>&";
  return domain;
}

std::string readFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// WINDLASS_UPDATE_GOLDEN=1 writes what the code makes now; read the diff before committing it.
void expectGolden(const std::string& name, const std::string& actual) {
  if (std::getenv("WINDLASS_UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden + name) << actual;
  EXPECT_EQ(actual, readFile(kGolden + name)) << "differs from tests/vmctl/domain/golden/" << name;
}

// libvirt's own schema, as virDomainCreateXML checks it with VIR_DOMAIN_START_VALIDATE.
void expectValid(const std::string& xml) {
  const std::string path = testing::TempDir() + "windlass-domain-" + std::to_string(getpid()) + ".xml";
  std::ofstream(path) << xml;
  const std::string log = path + ".log";
  const std::string command = "virt-xml-validate " + path + " domain > " + log + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << readFile(log) << "(needs packages libvirt-clients, libxml2-utils)";
  std::filesystem::remove(path);
  std::filesystem::remove(log);
}

TEST(DomainXml, OfAKernelGuestIsTheReviewedOne) {
  expectGolden("tiny.xml", domainXml(tinyGuest()));
}
TEST(DomainXml, OfADiskGuestIsTheReviewedOne) {
  expectGolden("debian.xml", domainXml(debianGuest()));
}

TEST(DomainXml, IsValidForLibvirt) {
  expectValid(domainXml(tinyGuest()));
  expectValid(domainXml(debianGuest()));
}

TEST(DomainXml, KeepsHostileValuesInsideTheirElements) {
  const std::string xml = domainXml(hostileGuest());
  const auto identity = identityFromXml(xml);
  ASSERT_TRUE(identity) << identity.error().toString();
  EXPECT_EQ(*identity, hostileGuest().identity);
  EXPECT_EQ(xml.find("<script"), std::string::npos);
  EXPECT_EQ(xml.find("<devices/>"), std::string::npos);
}

TEST(DomainXml, CarriesTheIdentityThereAndBack) {
  const auto identity = identityFromXml(domainXml(tinyGuest()));
  ASSERT_TRUE(identity) << identity.error().toString();
  EXPECT_EQ(*identity, tinyGuest().identity);
}

TEST(DomainIdentity, OfAForeignDomainIsNotFound) {
  const auto identity = identityFromXml("<domain type='kvm'><name>other</name></domain>");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().kind, kube::ErrorKind::NotFound);
}

TEST(DomainIdentity, WithMissingPartsIsADecodeError) {
  const auto identity = identityFromXml(
      "<domain><metadata><windlass:vm xmlns:windlass='https://windlass.dev/domain/1' name='x'/></metadata></domain>");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().kind, kube::ErrorKind::Decode);
}

TEST(Mac, IsStableUnicastAndDiffersBetweenGuests) {
  EXPECT_EQ(macFor("a"), macFor("a"));
  EXPECT_NE(macFor("a"), macFor("b"));
  EXPECT_EQ(macFor("a").substr(0, 9), "52:54:00:");
  EXPECT_EQ(macFor("a").size(), 17u);
}

}  // namespace
}  // namespace windlass::vm
