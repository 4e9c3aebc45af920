#pragma once
// A clock that stands still until a test moves it. Waiters are woken by advance(); real time never passes.
#include <cstdint>
#include <utility>
#include <vector>

#include "kube/runtime/clock.h"

namespace windlass::kube::testing_support {

// How long a test that fails waits before it says so. Long, because sanitizers on a busy machine are slow.
inline constexpr std::chrono::seconds kPatience{30};

class FakeClock : public Clock {
 public:
  SteadyTime now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  std::chrono::system_clock::time_point wallTime() const override {
    const std::lock_guard lock(mutex_);
    return std::chrono::system_clock::time_point(std::chrono::hours(24 * 365 * 50)) + (now_ - SteadyTime{});
  }
  void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, SteadyTime until) override {
    std::uint64_t id = 0;
    {
      const std::lock_guard own(mutex_);
      if (now_ >= until) return;
      id = ++lastId_;
      waiters_.push_back({id, lock.mutex(), &changed});
      registered_.notify_all();
    }
    changed.wait(lock);
    const std::lock_guard own(mutex_);
    std::erase_if(waiters_, [id](const Waiter& waiter) { return waiter.id == id; });
  }

  void advance(std::chrono::nanoseconds time) {
    std::vector<Waiter> waiters;
    {
      const std::lock_guard own(mutex_);
      now_ += time;
      waiters = std::exchange(waiters_, {});  // awaitWaiters() counts those who wait after this
    }
    for (const Waiter& waiter : waiters) {
      const std::lock_guard held(*waiter.mutex);  // so that the waiter really waits
      waiter.changed->notify_all();
    }
  }
  // Blocks until `count` threads wait for time to pass.
  void awaitWaiters(std::size_t count) {
    std::unique_lock own(mutex_);
    registered_.wait_for(own, kPatience, [&] { return waiters_.size() >= count; });
  }

 private:
  struct Waiter {
    std::uint64_t id;
    std::mutex* mutex;
    std::condition_variable* changed;
  };
  mutable std::mutex mutex_;
  std::condition_variable registered_;
  std::vector<Waiter> waiters_;
  std::uint64_t lastId_ = 0;
  SteadyTime now_ = SteadyTime{} + std::chrono::hours(1000);
};

// Polls a condition that another thread makes true; false when it has not come true after kPatience.
template <class Condition>
bool eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace windlass::kube::testing_support
