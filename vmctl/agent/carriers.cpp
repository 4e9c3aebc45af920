#include "vmctl/agent/carriers.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "vmctl/agent/carrier_socket.h"
#include "vmctl/agent/files.h"

namespace windlass::vm {
namespace {

using kube::ErrorKind;
using kube::fail;
using kube::Status;
using Process = CarrierView::Process;

constexpr std::chrono::milliseconds kHelloWait{200};

struct Link {
  CarrierSocket socket;
  bool greeted = false;  // its hello has come
  bool everAlive = false;
  CarrierView view;
};

class CarrierLinks : public Carriers {
 public:
  CarrierLinks(std::string podsDirectory, CarrierListener listener)
      : podsDirectory_(std::move(podsDirectory)),
        listener_(std::move(listener)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    thread_ = std::thread([this] { loop(); });
  }
  ~CarrierLinks() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake();
    thread_.join();
  }

  CarrierView look(const std::string& podUid) override;
  pid_t pidOf(const std::string& podUid) override;
  Status sendStarting(const std::string& podUid, const std::string& text) override {
    return send(podUid, "starting " + text);
  }
  Status sendConsole(const std::string& podUid, const Fd& console) override;
  Status sendRunning(const std::string& podUid) override;
  Status sendStopped(const std::string& podUid, int exitCode, const std::string& text) override {
    return send(podUid, "stopped " + std::to_string(exitCode) + " " + text);
  }
  void forget(const std::string& podUid) override;

 private:
  void wake() const {
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) spdlog::debug("carrier links: wake-up pending already");
  }
  std::string runDirectory(const std::string& podUid) const {
    return podsDirectory_ + "/" + podUid + "/volumes/kubernetes.io~empty-dir/run";
  }
  Status send(const std::string& podUid, const std::string& record, int descriptor = -1);
  void connect(const std::string& podUid, Link& link);
  void loop();
  void receive(const std::string& podUid, Link& link);
  static bool apply(const carrier::CarrierRecord& record, Link& link);

  const std::string podsDirectory_;
  const CarrierListener listener_;
  const Fd wake_;
  std::mutex mutex_;
  std::condition_variable greeted_;
  bool stopping_ = false;
  std::map<std::string, Link> links_;  // by pod UID
  std::thread thread_;
};

void CarrierLinks::connect(const std::string& podUid, Link& link) {
  kube::Result<CarrierSocket> socket = openCarrierSocket(runDirectory(podUid));
  if (socket) {
    link.socket = std::move(*socket);
    link.greeted = false;
    link.everAlive = true;
    link.view = {};
    link.view.process = Process::Alive;
    return;
  }
  const ErrorKind kind = socket.error().kind;
  if (kind != ErrorKind::Missing && kind != ErrorKind::Unavailable) spdlog::warn("{}", socket.error().toString());
  const bool dead = kind == ErrorKind::Unavailable || (kind == ErrorKind::Missing && link.everAlive);
  link.view.process = dead ? Process::Gone : Process::Unreachable;
}

CarrierView CarrierLinks::look(const std::string& podUid) {
  std::unique_lock lock(mutex_);
  Link& link = links_[podUid];
  if (!link.socket.fd) {
    connect(podUid, link);
    if (!link.socket.fd) return link.view;
    wake();
  }
  // Until the hello has come nobody knows whether this carrier waits for a guest or has one.
  greeted_.wait_for(lock, kHelloWait,
                    [&] { return !links_.contains(podUid) || links_[podUid].greeted || !links_[podUid].socket.fd; });
  const auto now = links_.find(podUid);
  if (now == links_.end()) return {};
  CarrierView view = now->second.view;
  if (now->second.socket.fd && !now->second.greeted) view.process = Process::Unreachable;
  return view;
}

pid_t CarrierLinks::pidOf(const std::string& podUid) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(podUid);
  return found != links_.end() && found->second.socket.fd ? found->second.socket.pid : 0;
}

Status CarrierLinks::send(const std::string& podUid, const std::string& record, int descriptor) {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(podUid);
  if (found == links_.end() || !found->second.socket.fd) {
    return fail(ErrorKind::Unavailable, "the carrier of pod " + podUid + " is not connected");
  }
  return sendRecord(found->second.socket.fd, record, descriptor);
}

Status CarrierLinks::sendConsole(const std::string& podUid, const Fd& console) {
  WINDLASS_TRY(send(podUid, "console", console.get()));
  const std::lock_guard lock(mutex_);
  links_[podUid].view.hasConsole = true;
  return {};
}

Status CarrierLinks::sendRunning(const std::string& podUid) {
  WINDLASS_TRY(send(podUid, "running"));
  const std::lock_guard lock(mutex_);
  links_[podUid].view.hadGuest = true;
  return {};
}

void CarrierLinks::forget(const std::string& podUid) {
  {
    const std::lock_guard lock(mutex_);
    links_.erase(podUid);
  }
  wake();
}

bool CarrierLinks::apply(const carrier::CarrierRecord& record, Link& link) {
  if (record.verb == carrier::CarrierVerb::Hello) {
    link.greeted = true;
    link.view.hasConsole = record.hasConsole;
    link.view.hadGuest = record.state == "running" || link.view.hadGuest;
    link.view.terminating = record.state == "terminating";
    return true;
  }
  if (record.verb == carrier::CarrierVerb::Terminate) {
    link.view.terminating = true;
    link.view.graceSeconds = record.number;
    return true;
  }
  return false;
}

// Reads one record; the caller holds the mutex.
void CarrierLinks::receive(const std::string& podUid, Link& link) {
  char buffer[carrier::kMaxRecord];
  const ssize_t count = recv(link.socket.fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    link.socket = {};
    link.greeted = false;
    link.view = {};
    connect(podUid, link);  // gone, or a newer process of the same pod
  } else if (!apply(carrier::parseCarrierRecord({buffer, static_cast<std::size_t>(count)}), link)) {
    spdlog::warn("the carrier of pod {} said something unknown; are carrier and agent of one version?", podUid);
  }
  greeted_.notify_all();
}

void CarrierLinks::loop() {
  for (;;) {
    std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}};
    std::vector<std::string> pods{""};
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      for (const auto& [pod, link] : links_) {
        if (!link.socket.fd) continue;
        fds.push_back({link.socket.fd.get(), POLLIN, 0});
        pods.push_back(pod);
      }
    }
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    std::uint64_t count = 0;
    if (fds[0].revents != 0 && ::read(wake_.get(), &count, sizeof count) < 0) continue;
    for (std::size_t i = 1; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      {
        const std::lock_guard lock(mutex_);
        const auto found = links_.find(pods[i]);
        if (found == links_.end() || found->second.socket.fd.get() != fds[i].fd) continue;
        receive(pods[i], found->second);
      }
      listener_(pods[i]);
    }
  }
}

}  // namespace

std::unique_ptr<Carriers> connectCarriers(const std::string& podsDirectory, CarrierListener listener) {
  return std::make_unique<CarrierLinks>(podsDirectory, std::move(listener));
}

}  // namespace windlass::vm
