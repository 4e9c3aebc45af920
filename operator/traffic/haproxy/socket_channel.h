#pragma once
// The runtime API over its socket: a process on the same machine (a Unix socket), or one that listens on loopback.
#include <string>

#include "operator/traffic/haproxy/channel.h"

namespace windlass::ops::haproxy {

// A connection for each exchange, as HAProxy closes it after one line.
class SocketChannel : public Channel {
 public:
  // "/run/haproxy/admin.sock" or "127.0.0.1:9999" (an IPv4 address). Invalid for anything else.
  static kube::Result<SocketChannel> create(std::string address);
  kube::Result<std::string> exchange(std::string_view line, const Limits& limits) override;

 private:
  explicit SocketChannel(std::string address) : address_(std::move(address)) {}
  std::string address_;
};

}  // namespace windlass::ops::haproxy
