#pragma once
// One line to a HAProxy process, and all it answers: the seam between the runtime API and the way to it.
#include <chrono>
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::ops::haproxy {

struct Limits {
  std::chrono::milliseconds timeout{4000};  // for all of it
  std::size_t maxAnswer = 16U << 20U;       // bytes; more is TooLarge
};

class Channel {
 public:
  virtual ~Channel() = default;
  // `line` without its line break. Timeout, Unavailable, Transport, TooLarge. Blocks; one thread at a time.
  virtual kube::Result<std::string> exchange(std::string_view line, const Limits& limits) = 0;
};

}  // namespace windlass::ops::haproxy
