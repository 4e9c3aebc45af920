#pragma once
// A token bucket. Source: golang.org/x/time/rate as client-go's flowcontrol uses it.
#include <chrono>
#include <mutex>

namespace windlass::kube {

// Thread-safe. Tokens are handed out in the order of the calls.
class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;
  // qps <= 0: no limit.
  RateLimiter(double qps, int burst) : qps_(qps), burst_(burst), tokens_(burst) {}

  // Takes a token and returns how long its taker must wait. Pure but for the bucket's own state.
  std::chrono::microseconds reserve(Clock::time_point now);
  // Gives back the token of a taker that will not wait.
  void giveBack();

 private:
  const double qps_;
  const double burst_;
  std::mutex mutex_;
  double tokens_;
  Clock::time_point last_{};
};

}  // namespace windlass::kube
