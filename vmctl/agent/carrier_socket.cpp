#include "vmctl/agent/carrier_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "vmctl/agent/files.h"

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;
using kube::Result;
using kube::Status;

Result<CarrierSocket> openCarrierSocket(const std::string& runDirectory) {
  // O_PATH and O_NOFOLLOW: a symlink planted in the volume must not lead this privileged process to another socket.
  const Fd directory(open(runDirectory.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return errnoError("cannot open", runDirectory);
  const Fd node(openat(directory.get(), carrier::kSocketName, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!node) return errnoError("cannot open the carrier's socket in", runDirectory);
  struct stat info {};
  if (fstat(node.get(), &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return fail(ErrorKind::Invalid, runDirectory + "/" + carrier::kSocketName + " is not a socket");
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", node.get());
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errnoError("cannot make a socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ECONNREFUSED) return fail(ErrorKind::Unavailable, "nobody listens in " + runDirectory);
    return errnoError("cannot connect to the carrier in", runDirectory);
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0) {
    return fail(ErrorKind::Invalid,
                "the carrier in " + runDirectory + " has no process id here; the agent needs hostPID");
  }
  return CarrierSocket{std::move(socket), peer.pid};
}

Status sendRecord(const Fd& socket, const std::string& record, int descriptor) {
  iovec part{const_cast<char*>(record.data()), std::min(record.size(), carrier::kMaxRecord)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  }
  if (sendmsg(socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return errnoError("cannot write to the carrier");
  return {};
}

}  // namespace windlass::vm
