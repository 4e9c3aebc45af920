#include "server_control.h"

#include <algorithm>
#include <cstdlib>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace windlass::kube {

std::string controlServer(const std::string& word) {
  const char* path = std::getenv("WINDLASS_API_CONTROL");
  if (path == nullptr) return "WINDLASS_API_CONTROL is not set";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string(path).copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) answer = "cannot connect";
  const std::string line = word + "\n";
  if (answer.empty() && ::send(fd, line.data(), line.size(), MSG_NOSIGNAL) < 0) answer = "cannot send";
  while (answer.empty() || answer.back() != '\n') {
    char piece[512];
    const ssize_t got = ::recv(fd, piece, sizeof piece, 0);
    if (got <= 0) break;
    answer.append(piece, static_cast<std::size_t>(got));
  }
  ::close(fd);
  return answer == "ok\n" ? "" : word + ": " + answer;
}

}  // namespace windlass::kube
