#pragma once
// A Manager that runs on a thread of its own for the length of a scope.
#include <thread>

#include "kube/runtime/manager.h"

namespace windlass::kube::testing_support {

class RunningManager {
 public:
  explicit RunningManager(Manager& manager) : manager_(manager), thread_([this] { result = manager_.run(); }) {}
  ~RunningManager() { finish(); }
  RunningManager(const RunningManager&) = delete;
  RunningManager& operator=(const RunningManager&) = delete;
  Status finish() {
    manager_.stop();
    if (thread_.joinable()) thread_.join();
    return result;
  }
  Status result;

 private:
  Manager& manager_;
  std::thread thread_;
};

}  // namespace windlass::kube::testing_support
