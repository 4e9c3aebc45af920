#pragma once
// Bounded reading of small files. Internal to the room.
#include <string>

#include "kube/object/result.h"

namespace windlass::kube {

// Missing when there is no such file, Io when it cannot be read, TooLarge beyond maxBytes.
Result<std::string> readSmallFile(const std::string& path, std::size_t maxBytes = 16U << 20U);

}  // namespace windlass::kube
