#pragma once
// Names to addresses in bounded time. Internal to the room. Thread-safe.
#include <string>
#include <vector>

#include <sys/socket.h>

#include "kube/object/result.h"
#include "kube/transport/waker.h"

namespace windlass::kube {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// In the order of RFC 6724, as getaddrinfo gives them; never empty. An address is taken as it is. A name is looked up
// on a thread of its own, because getaddrinfo knows no deadline; all who ask for one name wait for one such thread.
// Unavailable: no such name; Timeout; what the waker says.
Result<std::vector<SocketAddress>> resolve(const std::string& host, const std::string& port, SteadyTime deadline,
                                           const Waker& waker);

}  // namespace windlass::kube
