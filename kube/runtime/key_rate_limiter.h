#pragma once
// How long a failed key waits: the longer of its own exponential backoff and a token bucket over all keys. Pure; not
// thread-safe. Source: client-go util/workqueue/default_rate_limiters.go, golang.org/x/time/rate (reservations).
#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "kube/object/resource.h"
#include "kube/runtime/clock.h"

namespace windlass::kube {

struct KeyRatePolicy {
  std::chrono::milliseconds base{5};
  std::chrono::milliseconds max{1000 * 1000};
  double perSecond = 10;
  int burst = 100;
};

class KeyRateLimiter {
 public:
  using Milliseconds = std::chrono::milliseconds;
  explicit KeyRateLimiter(KeyRatePolicy policy = {}) : policy_(policy), tokens_(policy.burst) {}

  Milliseconds when(const ObjectKey& key, SteadyTime now) {
    return std::max(exponential(failures_[key]++), reserve(now));
  }
  void forget(const ObjectKey& key) { failures_.erase(key); }
  int failures(const ObjectKey& key) const {
    const auto it = failures_.find(key);
    return it == failures_.end() ? 0 : it->second;
  }

 private:
  Milliseconds exponential(int failures) const {
    const double delay = static_cast<double>(policy_.base.count()) * std::pow(2.0, failures);
    return delay > static_cast<double>(policy_.max.count()) ? policy_.max
                                                            : Milliseconds(static_cast<std::int64_t>(delay));
  }
  // Takes one token, from the future when there is none: the time until it exists.
  Milliseconds reserve(SteadyTime now) {
    if (last_ != SteadyTime{})
      tokens_ = std::min(static_cast<double>(policy_.burst),
                         tokens_ + std::chrono::duration<double>(now - last_).count() * policy_.perSecond);
    last_ = now;
    tokens_ -= 1;
    return tokens_ >= 0 ? Milliseconds(0)
                        : Milliseconds(static_cast<std::int64_t>(-tokens_ / policy_.perSecond * 1000));
  }

  KeyRatePolicy policy_;
  std::unordered_map<ObjectKey, int> failures_;
  double tokens_;
  SteadyTime last_{};
};

}  // namespace windlass::kube
