#pragma once
// Files of the node: bounded reading, durable writing, and opening below a directory somebody else controls.
#include <cstddef>
#include <string>

#include "kube/object/result.h"
#include "vmctl/agent/fd.h"

namespace windlass::vm {

// An Io error (Missing for ENOENT) from errno: "<what> <path>: <reason>".
tl::unexpected<kube::Error> errnoError(const std::string& what, const std::string& path = "");

// Opens `path` for reading as if `root` were the root directory: no symlink or ".." leads out of it (openat2,
// RESOLVE_IN_ROOT). Only regular files; anything else is Invalid.
kube::Result<Fd> openInRoot(const std::string& root, const std::string& path);
// At most `limit` bytes, TooLarge beyond.
kube::Result<std::string> readAll(const Fd& fd, std::size_t limit, const std::string& name);
kube::Result<std::string> readFile(const std::string& path, std::size_t limit);

// Atomic and durable: temporary file, fsync, rename, fsync of the directory. Mode as given.
kube::Status writeDurably(const std::string& path, const std::string& content, int mode);
kube::Status syncDirectory(const std::string& path);
// Makes one directory (its parent must exist); an existing one is fine. The mode is set in both cases.
kube::Status ensureDirectory(const std::string& path, int mode);

}  // namespace windlass::vm
