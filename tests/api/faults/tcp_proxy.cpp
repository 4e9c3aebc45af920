#include "tcp_proxy.h"

#include <array>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace windlass::kube {
namespace {

constexpr int kLookEveryMs = 5;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TcpProxy::TcpProxy(int targetPort) : targetPort_(targetPort) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  thread_.join();
  closeAll();
  ::close(listener_);
}

void TcpProxy::run() {
  while (!stopping_) {
    std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
    for (const Link& link : links_)
      for (const Pipe* pipe : {&link.up, &link.down})
        waiting.push_back({pipe->ended || pipe->pieces.size() > 64 ? -1 : pipe->from, POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), kLookEveryMs);
    if (cut_) closeAll();
    std::size_t next = cut_ ? waiting.size() : 1;
    for (auto link = links_.begin(); link != links_.end();) {
      if ((waiting[next++].revents & (POLLIN | POLLHUP)) != 0) read(link->up, std::chrono::milliseconds(0));
      if ((waiting[next++].revents & (POLLIN | POLLHUP)) != 0) read(link->down, delay_);
      const bool open = frozen_ || (write(link->up) && write(link->down));
      if (!open) {
        ::close(link->up.from);
        ::close(link->up.to);
      }
      link = open ? std::next(link) : links_.erase(link);
    }
    if ((waiting[0].revents & POLLIN) != 0) accept();
  }
}

void TcpProxy::accept() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  ++connections_;
  const int server = cut_ ? -1 : ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(targetPort_);
  if (server < 0 || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (server >= 0) ::close(server);
    ::close(client);
    return;
  }
  links_.push_back({{client, server, {}, false}, {server, client, {}, false}});
}

void TcpProxy::read(Pipe& pipe, std::chrono::milliseconds delay) {
  std::array<char, 65536> bytes{};
  const ssize_t got = ::recv(pipe.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got > 0)
    pipe.pieces.push_back({Clock::now() + delay, std::string(bytes.data(), static_cast<std::size_t>(got))});
  else
    pipe.ended = true;
}

bool TcpProxy::write(Pipe& pipe) {
  while (!pipe.pieces.empty() && pipe.pieces.front().due <= Clock::now()) {
    std::string& bytes = pipe.pieces.front().bytes;
    const ssize_t sent = ::send(pipe.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (!bytes.empty()) return true;
    pipe.pieces.pop_front();
  }
  return !pipe.ended || !pipe.pieces.empty();
}

void TcpProxy::closeAll() {
  for (const Link& link : links_) {
    ::close(link.up.from);
    ::close(link.up.to);
  }
  links_.clear();
}

}  // namespace windlass::kube
