#pragma once
// Which TLS material each open stream was made with. Thread-safe. Internal to the room.
#include <map>
#include <mutex>
#include <vector>

#include "kube/transport/curl_engine.h"

namespace windlass::kube {

class StreamRegistry {
 public:
  void add(CurlEngine::Id id, const TlsMaterial& tls) {
    const std::lock_guard lock(mutex_);
    streams_[id] = tls;
  }
  void remove(CurlEngine::Id id) {
    const std::lock_guard lock(mutex_);
    streams_.erase(id);
  }
  // Takes out and returns the streams that were made with something else.
  std::vector<CurlEngine::Id> outdated(const TlsMaterial& current) {
    const std::lock_guard lock(mutex_);
    std::vector<CurlEngine::Id> ids;
    std::erase_if(streams_, [&](const auto& entry) {
      if (entry.second == current) return false;
      ids.push_back(entry.first);
      return true;
    });
    return ids;
  }

 private:
  std::mutex mutex_;
  std::map<CurlEngine::Id, TlsMaterial> streams_;
};

}  // namespace windlass::kube
