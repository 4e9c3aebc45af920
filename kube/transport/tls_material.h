#pragma once
// What TLS is made with, as PEM text. Internal to the room.
#include <memory>
#include <string>

namespace windlass::kube {

using PemText = std::shared_ptr<const std::string>;

// Null = none (no client certificate; the system's certificate authorities). Equal means: the same texts in memory.
struct TlsMaterial {
  PemText authorities;
  PemText certificate;
  PemText key;
  bool operator==(const TlsMaterial&) const = default;
};

}  // namespace windlass::kube
