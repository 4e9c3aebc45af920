#include "operator/traffic/haproxy/socket_channel.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "operator/traffic/haproxy/text.h"

namespace windlass::ops::haproxy {
namespace {

using Clock = std::chrono::steady_clock;
using kube::ErrorKind;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

union SocketAddress {
  sockaddr any;
  sockaddr_un local;
  sockaddr_in inet;
};

struct Target {
  SocketAddress address{};
  socklen_t size = 0;
};

kube::Result<Target> parseAddress(const std::string& text) {
  Target out;
  if (!text.empty() && text[0] == '/') {
    if (text.size() >= sizeof(out.address.local.sun_path))
      return kube::fail(ErrorKind::Invalid, "the socket's path " + shown(text) + "... is too long");
    out.address.local.sun_family = AF_UNIX;
    std::memcpy(out.address.local.sun_path, text.c_str(), text.size() + 1);
    out.size = sizeof(sockaddr_un);
    return out;
  }
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : unsignedNumber(std::string_view(text).substr(colon + 1));
  out.address.inet.sin_family = AF_INET;
  if (!port || *port == 0 || *port > 65535 ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &out.address.inet.sin_addr) != 1)
    return kube::fail(ErrorKind::Invalid, shown(text) + " is neither a path nor an IPv4 address with a port");
  out.address.inet.sin_port = htons(static_cast<std::uint16_t>(*port));
  out.size = sizeof(sockaddr_in);
  return out;
}

// Waits for `events`; Timeout at the deadline.
kube::Status waitFor(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return kube::fail(ErrorKind::Timeout, "HAProxy did not answer in time");
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return kube::fail(ErrorKind::Io, std::string("poll: ") + std::strerror(errno));
  }
}

kube::Status connectTo(int fd, const Target& target, Clock::time_point deadline) {
  if (::connect(fd, &target.address.any, target.size) == 0) return {};
  if (errno != EINPROGRESS && errno != EAGAIN) return kube::fail(ErrorKind::Unavailable, std::strerror(errno));
  WINDLASS_TRY(waitFor(fd, POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return kube::fail(ErrorKind::Unavailable, std::strerror(error));
  return {};
}

kube::Status sendAll(int fd, std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      WINDLASS_TRY(waitFor(fd, POLLOUT, deadline));
    } else if (errno != EINTR) {
      return kube::fail(ErrorKind::Transport, std::strerror(errno));
    }
  }
  return {};
}

kube::Result<std::string> receiveAll(int fd, std::size_t maxAnswer, Clock::time_point deadline) {
  std::string out;
  char buffer[16384];
  for (;;) {
    WINDLASS_TRY(waitFor(fd, POLLIN, deadline));
    const ssize_t got = ::recv(fd, buffer, sizeof(buffer), 0);
    if (got == 0) return out;
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return kube::fail(ErrorKind::Transport, std::strerror(errno));
    if (out.size() + static_cast<std::size_t>(got) > maxAnswer)
      return kube::fail(ErrorKind::TooLarge, "HAProxy's answer is too large");
    out.append(buffer, static_cast<std::size_t>(got));
  }
}

kube::Result<std::string> exchangeOn(const Target& target, std::string_view line, const Limits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.timeout;
  const Descriptor fd(::socket(target.address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return kube::fail(ErrorKind::Io, std::string("socket: ") + std::strerror(errno));
  WINDLASS_TRY(connectTo(fd.get(), target, deadline));
  WINDLASS_TRY(sendAll(fd.get(), std::string(line) + "\n", deadline));
  return receiveAll(fd.get(), limits.maxAnswer, deadline);
}

}  // namespace

kube::Result<SocketChannel> SocketChannel::create(std::string address) {
  WINDLASS_TRY(parseAddress(address));
  return SocketChannel(std::move(address));
}

kube::Result<std::string> SocketChannel::exchange(std::string_view line, const Limits& limits) {
  WINDLASS_TRY_ASSIGN(const Target target, parseAddress(address_));
  auto answer = exchangeOn(target, line, limits);
  if (!answer) return kube::wrap("HAProxy at " + address_, answer.error());
  return answer;
}

}  // namespace windlass::ops::haproxy
