#include "kube/transport/io_thread.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QSocketNotifier>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <sys/eventfd.h>
#include <unistd.h>

namespace windlass::kube {

// Work crosses threads through our own queue and an eventfd, not through posted Qt events: the hand-over is then plain
// mutexes, which sanitizers understand although Qt is not built with them.
struct IoThread::Impl {
  std::mutex mutex;
  std::deque<std::function<void()>> queue;
  bool stopping = false;
  int wakeFd = -1;
  std::thread thread;

  void loop();
  void drain();
  void wake() const {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the loop is awake anyway.
    [[maybe_unused]] const auto written = ::write(wakeFd, &one, sizeof one);
  }
};

void IoThread::Impl::drain() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto bytes = ::read(wakeFd, &count, sizeof count);
  for (;;) {
    std::function<void()> work;
    {
      const std::lock_guard lock(mutex);
      if (queue.empty()) return;
      work = std::move(queue.front());
      queue.pop_front();
    }
    work();
  }
}

void IoThread::Impl::loop() {
  static int argc = 1;
  static char name[] = "windlass";
  static char* argv[] = {name, nullptr};
  // Without an application object Qt delivers no events at all (QCoreApplication::notifyInternal2).
  std::unique_ptr<QCoreApplication> own;
  if (!QCoreApplication::instance()) own = std::make_unique<QCoreApplication>(argc, argv);
  QEventLoop events;
  QSocketNotifier notifier(wakeFd, QSocketNotifier::Read);
  QObject::connect(&notifier, &QSocketNotifier::activated, [this, &events] {
    drain();
    const std::lock_guard lock(mutex);
    if (stopping && queue.empty()) events.quit();
  });
  events.exec();
}

std::shared_ptr<IoThread> IoThread::shared() {
  static const std::shared_ptr<IoThread> instance(new IoThread);
  return instance;
}

IoThread::IoThread() : impl_(std::make_unique<Impl>()) {
  impl_->wakeFd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop(); });
  // Qt's own static objects exist from here on, so they are destroyed after the one in shared().
  run([] {});
}

IoThread::~IoThread() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake();
  impl_->thread.join();
  ::close(impl_->wakeFd);
}

void IoThread::post(std::function<void()> work) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->queue.push_back(std::move(work));
  }
  impl_->wake();
}

void IoThread::run(const std::function<void()>& work) {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  post([&] {
    work();
    const std::lock_guard lock(mutex);
    done = true;
    finished.notify_all();
  });
  std::unique_lock lock(mutex);
  finished.wait(lock, [&done] { return done; });
}

bool IoThread::isCurrent() const {
  return std::this_thread::get_id() == impl_->thread.get_id();
}

}  // namespace windlass::kube
