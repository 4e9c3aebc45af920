#include "kube/runtime/clock.h"

namespace windlass::kube {
namespace {

class SystemClock : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wallTime() const override { return std::chrono::system_clock::now(); }
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, SteadyTime until) override {
    // time_point::max() overflows when the library converts it to another clock.
    if (until == SteadyTime::max())
      changed.wait(lock);
    else
      changed.wait_until(lock, until);
  }
};

}  // namespace

Clock& systemClock() {
  static SystemClock clock;
  return clock;
}

}  // namespace windlass::kube
