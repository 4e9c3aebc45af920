#pragma once
// Ends another thread's waiting for a socket. Internal to the room. Thread-safe.
#include <atomic>
#include <chrono>
#include <cstdint>

#include "kube/object/result.h"

namespace windlass::kube {

using SteadyTime = std::chrono::steady_clock::time_point;

// A descriptor that poll() finds readable once signalled, and for ever after.
class EventFd {
 public:
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  void signal() const;
  int fd() const { return fd_; }  // -1 when the process has no descriptor left

 private:
  int fd_;
};

class Waker {
 public:
  enum class Reason : std::uint8_t { None, Cancelled, FilesChanged };

  // The first reason stays.
  void wake(Reason reason);
  // Whether one may still wait: Cancelled; Transport after FilesChanged; Io when there was no descriptor left.
  Status check() const;
  int fd() const { return event_.fd(); }

 private:
  std::atomic<Reason> reason_{Reason::None};
  EventFd event_;
};

// Until `fd` is ready for `events` (POLLIN, POLLOUT): Timeout, or what the waker says.
Status waitFor(int fd, short events, SteadyTime deadline, const Waker& waker);

}  // namespace windlass::kube
