#pragma once
// Sleeping that can be ended.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace windlass::kube {

// False when asked to stop before `time` was over.
inline bool sleepUnlessStopped(const std::stop_token& stop, std::chrono::microseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace windlass::kube
