#include "vmctl/agent/files.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace windlass::vm {

using kube::ErrorKind;
using kube::fail;

tl::unexpected<kube::Error> errnoError(const std::string& what, const std::string& path) {
  const int code = errno;
  const std::string subject = path.empty() ? what : what + " " + path;
  return fail(code == ENOENT ? ErrorKind::Missing : ErrorKind::Io, subject + ": " + std::strerror(code));
}

kube::Result<Fd> openInRoot(const std::string& root, const std::string& path) {
  const Fd directory(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return errnoError("cannot open", root);
  open_how how{};
  // Non-blocking, so that a FIFO or device in the place of a file cannot hold this thread.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Fd file(static_cast<int>(syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how)));
  if (!file) return errnoError("cannot open", path);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return errnoError("cannot stat", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::Invalid, path + " is not a regular file");
  return file;
}

kube::Result<std::string> readAll(const Fd& fd, std::size_t limit, const std::string& name) {
  std::string out;
  char chunk[16384];
  for (;;) {
    const ssize_t count = read(fd.get(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errnoError("cannot read", name);
    if (count == 0) return out;
    out.append(chunk, static_cast<std::size_t>(count));
    if (out.size() > limit)
      return fail(ErrorKind::TooLarge, name + " is larger than " + std::to_string(limit) + " bytes");
  }
}

kube::Result<std::string> readFile(const std::string& path, std::size_t limit) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return errnoError("cannot open", path);
  return readAll(file, limit, path);
}

kube::Status syncDirectory(const std::string& path) {
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || fsync(directory.get()) != 0) return errnoError("cannot sync", path);
  return {};
}

kube::Status writeDurably(const std::string& path, const std::string& content, int mode) {
  const std::string temporary = path + ".new";
  {
    const Fd file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!file) return errnoError("cannot create", temporary);
    for (std::size_t done = 0; done < content.size();) {
      const ssize_t count = write(file.get(), content.data() + done, content.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errnoError("cannot write", temporary);
      done += static_cast<std::size_t>(count);
    }
    if (fchmod(file.get(), static_cast<mode_t>(mode)) != 0) return errnoError("cannot set the mode of", temporary);
    if (fsync(file.get()) != 0) return errnoError("cannot sync", temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return errnoError("cannot rename to", path);
  return syncDirectory(path.substr(0, path.rfind('/')));
}

kube::Status ensureDirectory(const std::string& path, int mode) {
  if (mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) return errnoError("cannot create", path);
  if (chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return errnoError("cannot set the mode of", path);
  return {};
}

}  // namespace windlass::vm
