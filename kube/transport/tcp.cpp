#include "kube/transport/tcp.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace windlass::kube {
namespace {

constexpr int kKeepIdleSeconds = 30;
constexpr int kKeepIntervalSeconds = 15;
constexpr int kUserTimeoutMs = 30000;

void setOption(int fd, int level, int name, int value) {
  static_cast<void>(::setsockopt(fd, level, name, &value, sizeof value));
}

// A peer that stops acknowledging is noticed after 30 s instead of the kernel's 15 minutes.
void setOptions(int fd) {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdleSeconds);
  setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepIntervalSeconds);
  setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
}

tl::unexpected<Error> unavailable(int code) {
  return fail(ErrorKind::Unavailable, std::strerror(code));
}

Result<Socket> connectOne(const SocketAddress& address, SteadyTime deadline, const Waker& waker) {
  Socket socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.fd() < 0) return unavailable(errno);
  setOptions(socket.fd());
  const auto* raw = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(socket.fd(), raw, address.size) == 0) return socket;
  if (errno != EINPROGRESS && errno != EINTR) return unavailable(errno);
  WINDLASS_TRY(waitFor(socket.fd(), POLLOUT, deadline, waker));
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) return unavailable(code);
  return socket;
}

Error connectFailure(const std::string& where, Error error) {
  const bool late = error.kind == ErrorKind::Timeout;
  error.message = "cannot connect to " + where + ": " + (late ? "no answer in time" : error.message) +
                  "; check that the server runs and the address is right";
  return error;
}

}  // namespace

Result<Socket> connectTcp(const std::string& host, const std::string& port, SteadyTime deadline, const Waker& waker) {
  WINDLASS_TRY(waker.check());
  WINDLASS_TRY_ASSIGN(const auto addresses, resolve(host, port, deadline, waker));
  Error last;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    const auto left = static_cast<std::int64_t>(addresses.size() - i);
    auto socket = connectOne(addresses[i], now + (deadline - now) / left, waker);
    if (socket) return socket;
    last = std::move(socket).error();
    if (last.kind != ErrorKind::Timeout && last.kind != ErrorKind::Unavailable) return fail(std::move(last));
  }
  const bool bare = host.find(':') != std::string::npos;
  return fail(connectFailure((bare ? "[" + host + "]" : host) + ":" + port, std::move(last)));
}

}  // namespace windlass::kube
