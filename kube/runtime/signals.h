#pragma once
// SIGTERM and SIGINT as a call on a thread of ours. Source: controller-runtime pkg/manager/signals: the first asks for
// a graceful stop, the second ends the process.
#include <functional>
#include <thread>

namespace windlass::kube {

class SignalWatcher {
 public:
  // Blocks the signals in the calling thread and in those it starts later: construct before any other thread exists.
  SignalWatcher();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  void start(std::function<void(int signal)> onFirst);
  void stop();

 private:
  void run(const std::function<void(int)>& onFirst) const;

  int signals_ = -1;  // signalfd
  int wake_ = -1;     // eventfd: stop()
  std::thread thread_;
};

}  // namespace windlass::kube
