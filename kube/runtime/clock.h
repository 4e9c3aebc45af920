#pragma once
// The seam to time: everything in the runtime that waits or measures does it through a Clock, so tests can own time.
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace windlass::kube {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const = 0;
  virtual std::chrono::system_clock::time_point wallTime() const = 0;
  // Waits for a notification of `changed` or until `until`; may wake for no reason, so callers loop.
  virtual void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, SteadyTime until) = 0;

  template <class Predicate>
  bool waitUntil(std::unique_lock<std::mutex>& lock, std::condition_variable& changed, SteadyTime until,
                 Predicate done) {
    while (!done()) {
      if (now() >= until) return done();
      wait(lock, changed, until);
    }
    return true;
  }
};

// The machine's clocks. Never destroyed.
Clock& systemClock();

}  // namespace windlass::kube
