#pragma once
// The queue between the informers and the workers of one controller. Source: client-go util/workqueue (queue.go,
// delaying_queue.go, default_rate_limiters.go) and controller-runtime pkg/controller/priorityqueue.
//
// Guarantees: a key is never given to two workers at once; a key added while it is being worked on comes again exactly
// once; a key waiting twice keeps the earlier time and the higher priority; higher priority first, then first come.
// Threads: all methods from any thread. Time: `clock` decides when a delayed key is ready; nothing polls.
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "kube/object/resource.h"
#include "kube/runtime/clock.h"
#include "kube/runtime/key_rate_limiter.h"
#include "kube/serve/metrics.h"

namespace windlass::kube {

// Keys of the first list and of resyncs, so that news is worked on first.
inline constexpr int kLowPriority = -100;

class WorkQueue {
 public:
  WorkQueue(const std::string& name, Metrics& metrics, Clock& clock = systemClock(), KeyRatePolicy policy = {});

  void add(const ObjectKey& key, int priority = 0);
  void addAfter(const ObjectKey& key, std::chrono::milliseconds delay, int priority = 0);
  void addRateLimited(const ObjectKey& key, int priority = 0);
  void forget(const ObjectKey& key);  // its failures are over

  // Blocks for the next key, which is then being worked on until done(). nullopt: shut down and empty.
  std::optional<ObjectKey> get();
  void done(const ObjectKey& key);

  // Nothing is taken any more; ready keys are still handed out, delayed ones are dropped.
  void shutdown();
  // shutdown() without handing out what is ready.
  void shutdownNow();
  // Waits until nothing is queued nor worked on; false when `timeout` passed first.
  bool drained(std::chrono::milliseconds timeout);

  std::size_t depth() const;    // ready keys
  std::size_t delayed() const;  // waiting for their time
  std::set<ObjectKey> working() const;
  int failures(const ObjectKey& key) const;

 private:
  struct Ready {
    int priority;
    std::uint64_t sequence;
    SteadyTime since;
  };
  struct Delayed {
    SteadyTime at;
    int priority;
  };
  struct Order {
    int negativePriority;
    std::uint64_t sequence;
    ObjectKey key;
    auto operator<=>(const Order&) const = default;
  };

  void enqueue(const ObjectKey& key, int priority);  // all private methods: mutex_ held
  void makeReady(const ObjectKey& key, int priority);
  void promoteDue();
  ObjectKey takeFirst();
  void delay(const ObjectKey& key, SteadyTime at, int priority);

  Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // workers wait here
  std::condition_variable idle_;     // drained() waits here
  KeyRateLimiter limiter_;
  std::unordered_map<ObjectKey, Ready> ready_;
  std::set<Order> order_;
  std::unordered_map<ObjectKey, int> dirty_;           // added while being worked on: the priority
  std::unordered_map<ObjectKey, SteadyTime> working_;  // since when
  std::unordered_map<ObjectKey, Delayed> delayed_;
  std::set<std::pair<SteadyTime, ObjectKey>> delayedOrder_;
  std::uint64_t sequence_ = 0;
  bool stopping_ = false;

  GaugeHandle depthMetric_;
  CounterHandle addsMetric_, retriesMetric_;
  HistogramHandle queueMetric_, workMetric_;
};

}  // namespace windlass::kube
