#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "vmctl/domain/domain.h"

namespace windlass::vm {

std::string macFor(const std::string& vmUid) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(vmUid.data(), vmUid.size(), digest.data(), &length, EVP_sha256(), nullptr);
  // 52:54:00 is the prefix QEMU and libvirt use: locally administered, and known to every tool in the field.
  return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", digest[0], digest[1], digest[2]);
}

}  // namespace windlass::vm
