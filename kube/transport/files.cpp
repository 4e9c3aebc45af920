#include "kube/transport/files.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace windlass::kube {
namespace {

tl::unexpected<Error> fileError(const std::string& path, int code) {
  return fail(code == ENOENT ? ErrorKind::Missing : ErrorKind::Io, "cannot read " + path + ": " + std::strerror(code));
}

Result<std::string> readAll(int fd, const std::string& path, std::size_t maxBytes) {
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fileError(path, errno);
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > maxBytes)
      return fail(ErrorKind::TooLarge, path + " is larger than " + std::to_string(maxBytes) + " bytes");
  }
}

}  // namespace

Result<std::string> readSmallFile(const std::string& path, std::size_t maxBytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fileError(path, errno);
  auto text = readAll(fd, path, maxBytes);
  ::close(fd);
  return text;
}

}  // namespace windlass::kube
