#pragma once
// Where an error happened, in front of what happened. Internal to the room.
#include <string>
#include <utility>

#include "kube/object/result.h"

namespace windlass::kube {

// In one sentence; wrap() would make a chain of it.
inline Error prefixed(const std::string& prefix, Error error) {
  error.message.insert(0, prefix);
  return error;
}

}  // namespace windlass::kube
