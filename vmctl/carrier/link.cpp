#include "vmctl/carrier/link.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace windlass::vm::carrier {
namespace {

// The one descriptor of a message, or -1; surplus ones are closed.
int takeDescriptor(msghdr& message) {
  int found = -1;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
      if (found >= 0) {
        close(descriptor);
      } else {
        found = descriptor;
      }
    }
  }
  return found;
}

}  // namespace

bool AgentLink::listen(const char* directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const int length = std::snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", directory, kSocketName);
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  listener_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener_ < 0) return false;
  unlink(address.sun_path);
  return bind(listener_, static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address) == 0 &&
         ::listen(listener_, 4) == 0;
}

void AgentLink::drop() {
  if (connection_ >= 0) close(connection_);
  connection_ = -1;
}

void AgentLink::accept() {
  const int fresh = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fresh < 0) return;
  drop();
  connection_ = fresh;
}

void AgentLink::send(const char* record) {
  if (!connected()) return;
  if (::send(connection_, record, std::strlen(record), MSG_NOSIGNAL) < 0) drop();
}

AgentLink::Received AgentLink::receive() {
  alignas(cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
  iovec part{buffer_, kMaxRecord};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = recvmsg(connection_, &message, MSG_CMSG_CLOEXEC);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count <= 0) {
    drop();
    return {Received::Kind::Closed, {}, -1};
  }
  const int descriptor = takeDescriptor(message);
  const std::string_view record{buffer_, static_cast<std::size_t>(count)};
  return {Received::Kind::Record, parseAgentRecord(record), descriptor};
}

}  // namespace windlass::vm::carrier
