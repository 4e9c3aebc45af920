#pragma once
// The TLS material of an endpoint, read again when its files change. Internal to the room.
// Source: client-go transport/tls_cache.go and cert_rotation.go (checked every 5 min, connections closed on change).
//
// Thread-safe. A file that became empty, unreadable or no PEM, or a key that does not fit its certificate, never
// replaces what worked (a rotation seen half-way); it is logged and tried again at the next check.
#include <chrono>
#include <mutex>

#include "kube/object/result.h"
#include "kube/transport/endpoint.h"
#include "kube/transport/tls_material.h"

namespace windlass::kube {

class TlsSource {
 public:
  using Clock = std::chrono::steady_clock;

  // Reads everything once; an error here is one of configuration.
  static Result<TlsMaterial> read(const Endpoint& endpoint);

  TlsSource(Endpoint endpoint, TlsMaterial initial, Clock::time_point now,
            std::chrono::milliseconds recheckAfter = std::chrono::minutes(5));
  // Whether current() would look at the files.
  bool isDue(Clock::time_point now);
  // The material to be used now. Rereads at most every `recheckAfter`.
  TlsMaterial current(Clock::time_point now);

 private:
  std::mutex mutex_;
  const Endpoint endpoint_;
  const std::chrono::milliseconds recheckAfter_;
  TlsMaterial material_;
  Clock::time_point checked_;
};

}  // namespace windlass::kube
