#include "kube/fake/fake_watch.h"

#include "kube/object/meta.h"

namespace windlass::kube::fake {

WatchChannel::WatchChannel(ResourceKind watchedKind, WatchOptions watchOptions, Selector selector)
    : kind(std::move(watchedKind)),
      options(std::move(watchOptions)),
      selector_(std::move(selector)),
      deadline_(std::chrono::steady_clock::now() + options.timeout) {}

bool WatchChannel::sees(const Json* object) const {
  return object && (options.ns.empty() || namespaceOf(*object) == options.ns) && selector_.matches(*object);
}

void WatchChannel::publish(const Json* before, const Json* after, const std::string& resourceVersion) {
  const bool saw = sees(before);
  const bool seesNow = sees(after);
  if (!saw && !seesNow) return;
  WatchEvent event;
  event.type = !saw ? WatchEventType::Added : seesNow ? WatchEventType::Modified : WatchEventType::Deleted;
  event.object = asRequested(seesNow ? *after : *before, options.metadataOnly);
  event.object["metadata"]["resourceVersion"] = resourceVersion;
  push(std::optional(std::move(event)));
}

void WatchChannel::push(Result<std::optional<WatchEvent>> item) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::Open) return;
  queue_.push_back(std::move(item));
  changed_.notify_all();
}

void WatchChannel::close(bool breaks) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::Open) state_ = breaks ? State::Broken : State::Closed;
  changed_.notify_all();
}

void WatchChannel::cancel() {
  const std::lock_guard lock(mutex_);
  state_ = State::Cancelled;
  queue_.clear();
  changed_.notify_all();
}

bool WatchChannel::isOver() const {
  const std::lock_guard lock(mutex_);
  return state_ != State::Open;
}

Result<std::optional<WatchEvent>> WatchChannel::next(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  const auto until = std::min(std::chrono::steady_clock::now() + wait, deadline_);
  changed_.wait_until(lock, until, [this] { return !queue_.empty() || state_ != State::Open; });
  if (state_ == State::Cancelled) return fail(ErrorKind::Cancelled, "the watch was cancelled");
  if (!queue_.empty()) {
    auto item = std::move(queue_.front());
    queue_.pop_front();
    return item;
  }
  if (state_ == State::Broken) return fail(ErrorKind::Transport, "the connection of the watch broke");
  if (state_ == State::Open && std::chrono::steady_clock::now() >= deadline_) state_ = State::Closed;
  if (state_ == State::Closed) return std::optional<WatchEvent>();
  return fail(ErrorKind::Timeout, "no watch event came in time");
}

Json asRequested(const Json& object, bool metadataOnly) {
  if (!metadataOnly) return object;
  return Json{{"apiVersion", "meta.k8s.io/v1"},
              {"kind", "PartialObjectMetadata"},
              {"metadata", object.value("metadata", Json::object())}};
}

Json bookmarkOf(const ResourceKind& kind, const std::string& resourceVersion, bool endsInitialEvents) {
  Json bookmark{{"apiVersion", kind.apiVersion()},
                {"kind", kind.kind},
                {"metadata", {{"resourceVersion", resourceVersion}, {"creationTimestamp", nullptr}}}};
  if (endsInitialEvents) bookmark["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  return bookmark;
}

Json failureStatus(int code, const std::string& reason, const std::string& message) {
  return Json{{"apiVersion", "v1"},  {"kind", "Status"},   {"metadata", Json::object()},
              {"status", "Failure"}, {"message", message}, {"reason", reason},
              {"code", code}};
}

}  // namespace windlass::kube::fake
