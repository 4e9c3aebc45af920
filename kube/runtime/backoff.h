#pragma once
// Exponential backoff with jitter that starts over after a quiet time. Pure: time and randomness come in.
// Source: client-go tools/cache/reflector.go (800 ms to 30 s, x2, jitter 1.0, reset after 2 min), wait.BackoffManager.
#include <algorithm>
#include <chrono>
#include <optional>

#include "kube/runtime/clock.h"

namespace windlass::kube {

struct BackoffPolicy {
  std::chrono::milliseconds initial{800};
  std::chrono::milliseconds max{30000};  // of the base, before jitter
  double factor = 2;
  double jitter = 1;  // the delay is base .. base * (1 + jitter)
  std::chrono::milliseconds resetAfter{120000};
};

class Backoff {
 public:
  explicit Backoff(BackoffPolicy policy = {}) : policy_(policy), base_(policy.initial) {}

  // The next delay; `random` in [0, 1).
  std::chrono::milliseconds next(SteadyTime now, double random) {
    if (last_ && now - *last_ > policy_.resetAfter) base_ = policy_.initial;
    last_ = now;
    const auto delay = std::chrono::duration<double, std::milli>(base_) * (1 + policy_.jitter * random);
    base_ = std::min(policy_.max, std::chrono::duration_cast<std::chrono::milliseconds>(
                                      std::chrono::duration<double, std::milli>(base_) * policy_.factor));
    return std::chrono::duration_cast<std::chrono::milliseconds>(delay);
  }
  void reset() {
    base_ = policy_.initial;
    last_.reset();
  }

 private:
  BackoffPolicy policy_;
  std::chrono::milliseconds base_;
  std::optional<SteadyTime> last_;
};

}  // namespace windlass::kube
