#pragma once
// Files of guest images on this node's disk, named by their SHA-256, shared by all guests and read-only.
//
// A file appears complete or not at all (copy, check, fsync, rename). The cache is bounded: before a copy, files no
// guest uses are removed, the least recently used first, until the new one fits. Thread-safe; one copy at a time.
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "kube/object/result.h"
#include "vmctl/agent/fd.h"
#include "vmctl/agent/guest_image.h"

namespace windlass::vm {

class ImageCache {
 public:
  // `inUse` tells the digests that must stay.
  ImageCache(std::string directory, std::uint64_t maxBytes, std::function<std::set<std::string>()> inUse);

  struct Cached {
    std::string path;
    std::string sha256;
  };
  // The cached copy of `source`, an open file of the image. Invalid when its content is not what `sha256` says.
  kube::Result<Cached> keep(const Fd& source, const ImageFile& file);

 private:
  kube::Result<std::string> copy(const Fd& source, const std::string& target);
  kube::Status makeRoom(std::uint64_t bytes);

  const std::string directory_;
  const std::uint64_t maxBytes_;
  const std::function<std::set<std::string>()> inUse_;
  std::mutex mutex_;
};

// SHA-256 of the rest of a file, in hexadecimal.
kube::Result<std::string> sha256Of(const Fd& file);

}  // namespace windlass::vm
