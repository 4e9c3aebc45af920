#include "kube/runtime/signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "kube/runtime/log.h"

namespace windlass::kube {

SignalWatcher::SignalWatcher() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC);
}

SignalWatcher::~SignalWatcher() {
  stop();
  if (signals_ >= 0) close(signals_);
  if (wake_ >= 0) close(wake_);
}

void SignalWatcher::start(std::function<void(int)> onFirst) {
  if (signals_ < 0 || wake_ < 0 || thread_.joinable()) return;
  thread_ = std::thread([this, onFirst = std::move(onFirst)] { run(onFirst); });
}

void SignalWatcher::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) != sizeof one) logError("signals: cannot wake the watcher");
  thread_.join();
}

void SignalWatcher::run(const std::function<void(int)>& onFirst) const {
  bool again = false;
  while (true) {
    std::array<pollfd, 2> fds{pollfd{signals_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if ((fds[1].revents & POLLIN) != 0) return;
    signalfd_siginfo info{};
    if ((fds[0].revents & POLLIN) == 0 || read(signals_, &info, sizeof info) != sizeof info) continue;
    if (again) _exit(1);
    again = true;
    onFirst(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace windlass::kube
