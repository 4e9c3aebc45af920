// What a node gives the agent: domain XML of libvirt, the journal after a crash, the description of a guest image and
// the header of its disk.
#include "kube/object/parse.h"
#include "tests/fuzz/fuzz.h"
#include "vmctl/agent/guest_image.h"
#include "vmctl/agent/journal.h"
#include "vmctl/domain/domain.h"

namespace windlass::fuzz {
namespace {

using namespace vm;  // NOLINT(google-build-using-namespace): a small program

bool isPlain(const std::string& text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) return false;
  return true;
}

// Whose a domain is must survive libvirt: what is written into the XML is read back.
void checkDomain(const std::string& xml) {
  const auto identity = identityFromXml(xml);
  if (!identity) {
    FUZZ_REQUIRE(identity.error().kind == kube::ErrorKind::Decode ||
                 identity.error().kind == kube::ErrorKind::NotFound);
    return;
  }
  for (const std::string* part :
       {&identity->ns, &identity->name, &identity->vmUid, &identity->podName, &identity->podUid})
    if (!isPlain(*part)) return;
  Domain domain;
  domain.identity = *identity;
  const auto again = identityFromXml(domainXml(domain));
  FUZZ_REQUIRE(again.has_value());
  FUZZ_REQUIRE(*again == *identity);
}

void checkJournal(std::string_view text) {
  const auto json = kube::parseJson(text);
  if (!json) return;
  const auto entry = journalEntryFromJson(*json);
  if (!entry) {
    FUZZ_REQUIRE(entry.error().kind == kube::ErrorKind::Decode);
    return;
  }
  FUZZ_REQUIRE(!entry->identity.vmUid.empty());
  const kube::Json written = toJson(*entry);
  const auto again = journalEntryFromJson(written);
  FUZZ_REQUIRE(again.has_value());
  FUZZ_REQUIRE(toJson(*again) == written);
}

void checkFile(const ImageFile& file) {
  const std::string framed = "/" + file.name + "/";
  FUZZ_REQUIRE(framed.find("/../") == std::string::npos);
  FUZZ_REQUIRE(!file.name.starts_with('/'));
  FUZZ_REQUIRE(file.name.find('\0') == std::string::npos);
  FUZZ_REQUIRE(file.sha256.empty() || file.sha256.size() == 64);
}

void checkImage(const std::string& text) {
  const auto image = decodeGuestImage(text);
  if (!image) return;
  checkFile(image->kernel);
  checkFile(image->initrd);
  checkFile(image->disk);
  FUZZ_REQUIRE(!image->kernel.name.empty() || image->kind == GuestImage::Kind::Disk);
}

void checkDisk(const std::string& header) {
  if (!checkQcow2Header(header)) return;
  // No backing file: bytes 8 to 15.
  FUZZ_REQUIRE(header.substr(8, 8) == std::string(8, '\0'));
}

void nodeState(std::string_view bytes) {
  const std::string text(bytes);
  checkDomain(text);
  checkJournal(bytes);
  checkImage(text);
  checkDisk(text);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(node_state, windlass::fuzz::nodeState)
