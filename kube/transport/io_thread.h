#pragma once
// The process-wide thread on which all sockets of all clients are served, by one Qt event loop.
//
// Uses the QCoreApplication of the process when there is one; otherwise makes its own, on its own thread, so that Qt
// stays a library. Thread-safe. Work that is posted runs in order, must not block and must not throw.
#include <functional>
#include <memory>

namespace windlass::kube {

class IoThread {
 public:
  // Starts with the first holder and ends (and is joined) at the end of the process or with the last holder.
  static std::shared_ptr<IoThread> shared();
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void post(std::function<void()> work);
  // Runs `work` on the loop and returns when it is done. Not from the loop itself.
  void run(const std::function<void()>& work);
  bool isCurrent() const;

 private:
  IoThread();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windlass::kube
