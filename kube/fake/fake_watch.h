#pragma once
// One open watch of the fake server: a queue the server fills and the client empties. Thread-safe.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "kube/client/client.h"
#include "kube/fake/fake_selector.h"

namespace windlass::kube::fake {

class WatchChannel {
 public:
  WatchChannel(ResourceKind kind, WatchOptions options, Selector selector);

  // Delivers a change as this watch sees it: an object that starts or ceases to match its selectors is an add or a
  // delete (apiserver storage/cacher). Either side may be null.
  void publish(const Json* before, const Json* after, const std::string& resourceVersion);
  void push(Result<std::optional<WatchEvent>> item);
  void close(bool breaks);
  void cancel();
  bool isOver() const;

  Result<std::optional<WatchEvent>> next(std::chrono::milliseconds wait);

  const ResourceKind kind;
  const WatchOptions options;

 private:
  bool sees(const Json* object) const;

  const Selector selector_;
  const std::chrono::steady_clock::time_point deadline_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<std::optional<WatchEvent>>> queue_;
  enum class State { Open, Closed, Broken, Cancelled } state_ = State::Open;
};

// What the caller of Client::watch holds; ends the watch when destroyed.
class FakeWatchStream : public WatchStream {
 public:
  explicit FakeWatchStream(std::shared_ptr<WatchChannel> channel) : channel_(std::move(channel)) {}
  ~FakeWatchStream() override { channel_->cancel(); }
  Result<std::optional<WatchEvent>> next(std::chrono::milliseconds wait) override { return channel_->next(wait); }
  void cancel() override { channel_->cancel(); }

 private:
  std::shared_ptr<WatchChannel> channel_;
};

// The object as the request asked for it: whole, or as PartialObjectMetadata.
Json asRequested(const Json& object, bool metadataOnly);
Json bookmarkOf(const ResourceKind& kind, const std::string& resourceVersion, bool endsInitialEvents);
// A metav1.Status with status Failure.
Json failureStatus(int code, const std::string& reason, const std::string& message);

}  // namespace windlass::kube::fake
