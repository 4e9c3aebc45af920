#include "kube/client/rate_limiter.h"

#include <algorithm>

namespace windlass::kube {

std::chrono::microseconds RateLimiter::reserve(Clock::time_point now) {
  if (qps_ <= 0) return std::chrono::microseconds{0};
  const std::lock_guard lock(mutex_);
  const double elapsed = std::chrono::duration<double>(std::max(now - last_, Clock::duration{0})).count();
  tokens_ = std::min(burst_, tokens_ + elapsed * qps_);
  last_ = std::max(last_, now);
  tokens_ -= 1;
  if (tokens_ >= 0) return std::chrono::microseconds{0};
  return std::chrono::microseconds(static_cast<std::int64_t>(-tokens_ / qps_ * 1e6));
}

void RateLimiter::giveBack() {
  if (qps_ <= 0) return;
  const std::lock_guard lock(mutex_);
  tokens_ += 1;
}

}  // namespace windlass::kube
