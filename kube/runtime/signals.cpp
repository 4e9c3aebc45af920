#include "kube/runtime/signals.h"

#include <array>
#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "kube/runtime/log.h"

namespace windlass::kube {
namespace {

constexpr char kStopWatching = 0;
std::atomic<int> signalPipe{-1};

extern "C" void windlassOnSignal(int signal) {
  const int kept = errno;
  const char byte = static_cast<char>(signal);
  // A full pipe holds signals enough.
  [[maybe_unused]] const auto written = write(signalPipe.load(), &byte, 1);
  errno = kept;
}

}  // namespace

SignalWatcher::SignalWatcher() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    logError("signals: cannot make a pipe; SIGTERM will end the process at once");
    return;
  }
  read_ = ends[0];
  write_ = ends[1];
  fcntl(write_, F_SETFL, O_NONBLOCK);
  signalPipe = write_;
  struct sigaction action = {};
  action.sa_handler = windlassOnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGTERM, &action, &oldTerm_);
  sigaction(SIGINT, &action, &oldInt_);
}

SignalWatcher::~SignalWatcher() {
  stop();
  if (read_ < 0) return;
  sigaction(SIGTERM, &oldTerm_, nullptr);
  sigaction(SIGINT, &oldInt_, nullptr);
  signalPipe = -1;
  close(read_);
  close(write_);
}

void SignalWatcher::start(std::function<void(int)> onFirst) {
  if (read_ < 0 || thread_.joinable()) return;
  thread_ = std::thread([this, onFirst = std::move(onFirst)] { run(onFirst); });
}

void SignalWatcher::stop() {
  if (!thread_.joinable()) return;
  if (write(write_, &kStopWatching, 1) != 1) logError("signals: cannot wake the watcher");
  thread_.join();
}

void SignalWatcher::run(const std::function<void(int)>& onFirst) const {
  bool again = false;
  while (true) {
    char signal = 0;
    const auto got = read(read_, &signal, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got != 1 || signal == kStopWatching) return;
    if (again) _exit(1);
    again = true;
    onFirst(signal);
  }
}

}  // namespace windlass::kube
