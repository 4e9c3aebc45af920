#pragma once
// SIGTERM and SIGINT as a call on a thread of ours. Source: controller-runtime pkg/manager/signals: the first asks for
// a graceful stop, the second ends the process.
//
// A handler that writes to a pipe, not a blocked mask with signalfd: threads of libraries that were started earlier
// would take a blocked signal with its default action. One instance a process.
#include <csignal>
#include <functional>
#include <thread>

namespace windlass::kube {

class SignalWatcher {
 public:
  SignalWatcher();   // from now on the signals are kept for start()
  ~SignalWatcher();  // puts the former handlers back
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  void start(std::function<void(int signal)> onFirst);
  void stop();

 private:
  void run(const std::function<void(int)>& onFirst) const;

  int read_ = -1;
  int write_ = -1;
  struct sigaction oldTerm_ = {};
  struct sigaction oldInt_ = {};
  std::thread thread_;
};

}  // namespace windlass::kube
