#include "vmctl/cli/wait.h"

#include <thread>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm::cli {

using kube::ErrorKind;
using kube::Json;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

std::string stateOf(const Json& vm) {
  const auto phase = kube::stringAt(vm, "/status/phase", "Pending");
  const auto message = kube::stringAt(vm, "/status/message");
  return message.empty() ? phase : phase + ": " + message;
}

class Follower {
 public:
  Follower(kube::Client& client, const kube::ObjectKey& key, const std::function<bool(const Json&)>& done,
           std::ostream& progress)
      : client_(client), key_(key), done_(done), progress_(progress) {}

  // True when done; an error only when there is nothing left to wait for.
  kube::Result<bool> round(Clock::time_point deadline) {
    auto vm = client_.get(VirtualMachineKind, key_);
    if (!vm && !vm.error().retryable()) return kube::fail(vm.error());
    if (!vm) {
      std::this_thread::sleep_for(500ms);
      return false;
    }
    if (judge(*vm)) return true;
    kube::WatchOptions options;
    options.ns = key_.ns;
    options.fieldSelector = "metadata.name=" + key_.name;
    options.resourceVersion = kube::resourceVersionOf(*vm);
    auto stream = client_.watch(VirtualMachineKind, options);
    if (!stream) {
      std::this_thread::sleep_for(500ms);
      return false;
    }
    return follow(**stream, deadline);
  }

  const std::string& last() const { return last_; }

 private:
  bool judge(const Json& vm) {
    if (done_(vm)) return true;
    if (auto state = stateOf(vm); state != last_) {
      progress_ << key_.name << ": " << state << std::endl;
      last_ = std::move(state);
    }
    return false;
  }

  kube::Result<bool> follow(kube::WatchStream& stream, Clock::time_point deadline) {
    while (Clock::now() < deadline) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      auto event = stream.next(std::min<std::chrono::milliseconds>(left, 5s));
      if (!event && (event.error().kind == ErrorKind::Timeout || event.error().kind == ErrorKind::Decode)) continue;
      if (!event || !*event || (*event)->type == kube::WatchEventType::Error) return false;  // look again
      if ((*event)->type == kube::WatchEventType::Bookmark) continue;
      if ((*event)->type == kube::WatchEventType::Deleted) {
        return kube::fail(ErrorKind::NotFound, fmt::format("VirtualMachine '{}' was deleted meanwhile", key_.name));
      }
      if (judge((*event)->object)) return true;
    }
    return false;
  }

  kube::Client& client_;
  kube::ObjectKey key_;
  const std::function<bool(const Json&)>& done_;
  std::ostream& progress_;
  std::string last_;
};

}  // namespace

kube::Status waitUntil(kube::Client& client, const kube::ObjectKey& key, std::chrono::seconds timeout,
                       const std::function<bool(const Json&)>& done, std::ostream& progress) {
  const auto deadline = Clock::now() + timeout;
  Follower follower(client, key, done, progress);
  do {
    WINDLASS_TRY_ASSIGN(const bool finished, follower.round(deadline));
    if (finished) return {};
  } while (Clock::now() < deadline);
  return kube::fail(ErrorKind::Timeout, fmt::format("'{}' is not there yet after {} s; last: {}", key.name,
                                                    timeout.count(), follower.last()));
}

}  // namespace windlass::vm::cli
