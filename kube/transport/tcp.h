#pragma once
// TCP sockets: owning one, and connecting in bounded time. Internal to the room.
#include <string>
#include <utility>

#include <unistd.h>

#include "kube/transport/resolver.h"
#include "kube/transport/waker.h"

namespace windlass::kube {

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// A socket that does not block. Each address gets its share of the time that is left. Unavailable: refused,
// unreachable; Timeout; what the waker says.
Result<Socket> connectTcp(const std::string& host, const std::string& port, SteadyTime deadline, const Waker& waker);

}  // namespace windlass::kube
