#pragma once
// Bytes over a connected socket, in the clear or through TLS, without ever waiting. Internal to the room.
//
// One thread at a time. Never raises SIGPIPE.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "kube/transport/tls_context.h"

namespace windlass::kube {

struct LinkStep {
  enum class State : std::uint8_t { Done, WantRead, WantWrite, End, Failed };
  State state = State::Done;
  std::size_t bytes = 0;  // moved, when Done
  std::string reason;     // when Failed
};

class ByteLink {
 public:
  virtual ~ByteLink() = default;
  virtual LinkStep handshake() = 0;
  virtual LinkStep read(std::span<char> into) = 0;
  virtual LinkStep write(std::string_view bytes) = 0;
  // Bytes that came already, which the socket does not show any more.
  virtual bool holdsBytes() const = 0;
};

// The socket must outlive the link.
std::unique_ptr<ByteLink> makePlainLink(int fd);
// `serverName` (a DNS name or an address) is what the certificate must be for, and what is asked for (SNI) when it is a
// name. Null when OpenSSL has no memory.
std::unique_ptr<ByteLink> makeTlsLink(int fd, const TlsContext& context, const std::string& serverName);

}  // namespace windlass::kube
