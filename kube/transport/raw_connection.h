#pragma once
// A TCP or TLS connection to the API server that HTTP has been switched off on (101 Switching Protocols).
//
// Threads: read() from one thread, write() from one other at the same time; cancel() from any.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

class RawConnection {
 public:
  virtual ~RawConnection() = default;
  // What is there, waiting at most `wait`; nullopt at the end; Timeout when nothing came; Cancelled.
  virtual Result<std::optional<std::string>> read(std::chrono::milliseconds wait) = 0;
  virtual Status write(std::string_view bytes) = 0;
  virtual void cancel() = 0;
};

}  // namespace windlass::kube
