#pragma once
// The answer to "show servers state". Pure; the text is untrusted.
// Source: HAProxy management guide, 9.3 "show servers state" (format version 1).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/result.h"

namespace windlass::ops::haproxy {

enum class OperationalState { Stopped = 0, Starting = 1, Running = 2, Stopping = 3 };

struct ServerState {
  std::string backend, name, address;  // address is "-" before it is resolved
  OperationalState operational = OperationalState::Stopped;
  std::uint64_t adminFlags = 0;  // bits of SRV_ADMF_*
  std::uint64_t weight = 0;      // as set by a user
  std::uint64_t initialWeight = 0;
  std::uint64_t port = 0;

  bool inMaintenance() const { return (adminFlags & 0x47U) != 0; }  // forced, inherited, by configuration, no address
  bool drains() const { return (adminFlags & 0x18U) != 0; }
};

kube::Result<std::vector<ServerState>> parseServersState(std::string_view text);

}  // namespace windlass::ops::haproxy
