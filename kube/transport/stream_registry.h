#pragma once
// Which TLS context each open stream was made with. Thread-safe. Internal to the room.
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kube/transport/tls_context.h"
#include "kube/transport/waker.h"

namespace windlass::kube {

class StreamRegistry {
 public:
  void add(const std::shared_ptr<Waker>& stream, const TlsContext& context) {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [](const Entry& entry) { return entry.first.expired(); });
    streams_.emplace_back(stream, context);
  }
  // Ends the streams that were made with something else.
  void endOutdated(const TlsContext& current) {
    const std::lock_guard lock(mutex_);
    std::erase_if(streams_, [&](const Entry& entry) {
      if (entry.second == current) return false;
      if (const auto stream = entry.first.lock()) stream->wake(Waker::Reason::FilesChanged);
      return true;
    });
  }

 private:
  using Entry = std::pair<std::weak_ptr<Waker>, TlsContext>;
  std::mutex mutex_;
  std::vector<Entry> streams_;
};

}  // namespace windlass::kube
