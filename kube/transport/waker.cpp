#include "kube/transport/waker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace windlass::kube {
namespace {

constexpr std::int64_t kLongestPollMs = 3600000;

int pollTimeout(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kLongestPollMs));
}

}  // namespace

EventFd::EventFd() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

EventFd::~EventFd() {
  if (fd_ >= 0) ::close(fd_);
}

void EventFd::signal() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Waker::wake(Reason reason) {
  Reason none = Reason::None;
  if (reason_.compare_exchange_strong(none, reason)) event_.signal();
}

Status Waker::check() const {
  switch (reason_.load()) {
    case Reason::Cancelled:
      return fail(ErrorKind::Cancelled, "the request was cancelled");
    case Reason::FilesChanged:
      return fail(ErrorKind::Transport, "closed because the TLS files have changed");
    case Reason::None:
      break;
  }
  if (fd() < 0)
    return fail(ErrorKind::Io, "no file descriptor is left for a connection; raise the process's limit of open files");
  return {};
}

Status waitFor(int fd, short events, SteadyTime deadline, const Waker& waker) {
  for (;;) {
    WINDLASS_TRY(waker.check());
    std::array<pollfd, 2> wanted{{{fd, events, 0}, {waker.fd(), POLLIN, 0}}};
    const int ready = ::poll(wanted.data(), wanted.size(), pollTimeout(deadline));
    if (ready < 0 && errno != EINTR)
      return fail(ErrorKind::Io, std::string("waiting for a socket failed: ") + std::strerror(errno));
    if (ready > 0 && wanted[1].revents == 0) return {};
    if (ready <= 0 && std::chrono::steady_clock::now() >= deadline)
      return fail(ErrorKind::Timeout, "nothing came in time");
  }
}

}  // namespace windlass::kube
