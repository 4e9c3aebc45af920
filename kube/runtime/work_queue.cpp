#include "kube/runtime/work_queue.h"

namespace windlass::kube {
namespace {

double secondsBetween(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

WorkQueue::WorkQueue(const std::string& name, Metrics& metrics, Clock& clock, KeyRatePolicy policy)
    : clock_(clock), limiter_(policy) {
  const MetricLabels labels{{"name", name}, {"controller", name}};
  const auto buckets = exponentialBuckets(1e-8, 10, 12);  // component-base/metrics/prometheus/workqueue
  depthMetric_ = metrics.gauge("workqueue_depth", "Current depth of workqueue", labels);
  addsMetric_ = metrics.counter("workqueue_adds_total", "Total number of adds handled by workqueue", labels);
  retriesMetric_ = metrics.counter("workqueue_retries_total", "Total number of retries handled by workqueue", labels);
  queueMetric_ =
      metrics.histogram("workqueue_queue_duration_seconds",
                        "How long in seconds an item stays in workqueue before being requested", labels, buckets);
  workMetric_ = metrics.histogram("workqueue_work_duration_seconds",
                                  "How long in seconds processing an item from workqueue takes.", labels, buckets);
}

void WorkQueue::add(const ObjectKey& key, int priority) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) enqueue(key, priority);
}

void WorkQueue::addAfter(const ObjectKey& key, std::chrono::milliseconds delayTime, int priority) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (delayTime.count() <= 0)
    enqueue(key, priority);
  else
    delay(key, clock_.now() + delayTime, priority);
}

void WorkQueue::addRateLimited(const ObjectKey& key, int priority) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  retriesMetric_.add();
  delay(key, clock_.now() + limiter_.when(key, clock_.now()), priority);
}

void WorkQueue::forget(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  limiter_.forget(key);
}

void WorkQueue::enqueue(const ObjectKey& key, int priority) {
  addsMetric_.add();
  // It is wanted now: a later time it was waiting for is overtaken.
  if (const auto waiting = delayed_.find(key); waiting != delayed_.end()) {
    priority = std::max(priority, waiting->second.priority);
    delayedOrder_.erase({waiting->second.at, key});
    delayed_.erase(waiting);
  }
  if (working_.contains(key)) {
    const auto [it, isNew] = dirty_.try_emplace(key, priority);
    if (!isNew) it->second = std::max(it->second, priority);
    return;
  }
  makeReady(key, priority);
}

void WorkQueue::makeReady(const ObjectKey& key, int priority) {
  const auto [it, isNew] = ready_.try_emplace(key, Ready{priority, sequence_, clock_.now()});
  if (!isNew) {
    if (priority <= it->second.priority) return;
    order_.erase({-it->second.priority, it->second.sequence, key});
    it->second.priority = priority;
  } else {
    ++sequence_;
    depthMetric_.add();
  }
  order_.insert({-priority, it->second.sequence, key});
  changed_.notify_one();
}

void WorkQueue::delay(const ObjectKey& key, SteadyTime at, int priority) {
  // Queued already: it comes sooner than any delay.
  if (ready_.contains(key)) return makeReady(key, priority);
  const auto [it, isNew] = delayed_.try_emplace(key, Delayed{at, priority});
  if (!isNew) {
    it->second.priority = std::max(it->second.priority, priority);
    if (at >= it->second.at) return;
    delayedOrder_.erase({it->second.at, key});
    it->second.at = at;
  }
  delayedOrder_.insert({at, key});
  if (delayedOrder_.begin()->second == key) changed_.notify_all();  // sleepers must wake earlier
}

void WorkQueue::promoteDue() {
  const SteadyTime now = clock_.now();
  while (!delayedOrder_.empty() && delayedOrder_.begin()->first <= now) {
    const ObjectKey key = delayedOrder_.begin()->second;
    enqueue(key, delayed_.at(key).priority);
  }
}

ObjectKey WorkQueue::takeFirst() {
  const ObjectKey key = order_.begin()->key;
  order_.erase(order_.begin());
  queueMetric_.observe(secondsBetween(ready_.at(key).since, clock_.now()));
  ready_.erase(key);
  depthMetric_.add(-1);
  working_.emplace(key, clock_.now());
  return key;
}

std::optional<ObjectKey> WorkQueue::get() {
  std::unique_lock lock(mutex_);
  while (true) {
    promoteDue();
    if (!order_.empty()) return takeFirst();
    // Something being worked on may still come back (dirty_), so workers stay until that is settled.
    if (stopping_ && dirty_.empty()) return std::nullopt;
    clock_.wait(lock, changed_, delayedOrder_.empty() ? SteadyTime::max() : delayedOrder_.begin()->first);
  }
}

void WorkQueue::done(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const auto since = working_.find(key);
  if (since == working_.end()) return;
  workMetric_.observe(secondsBetween(since->second, clock_.now()));
  working_.erase(since);
  if (const auto again = dirty_.find(key); again != dirty_.end()) {
    const int priority = again->second;
    dirty_.erase(again);
    makeReady(key, priority);
  }
  if (stopping_) changed_.notify_all();
  idle_.notify_all();
}

void WorkQueue::shutdown() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  delayed_.clear();
  delayedOrder_.clear();
  changed_.notify_all();
}

void WorkQueue::shutdownNow() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  depthMetric_.add(-static_cast<double>(ready_.size()));
  dirty_.clear();
  ready_.clear();
  order_.clear();
  delayed_.clear();
  delayedOrder_.clear();
  changed_.notify_all();
  idle_.notify_all();
}

bool WorkQueue::drained(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return clock_.waitUntil(lock, idle_, clock_.now() + timeout,
                          [this] { return ready_.empty() && dirty_.empty() && working_.empty(); });
}

std::size_t WorkQueue::depth() const {
  const std::lock_guard lock(mutex_);
  return ready_.size();
}

std::size_t WorkQueue::delayed() const {
  const std::lock_guard lock(mutex_);
  return delayed_.size();
}

std::set<ObjectKey> WorkQueue::working() const {
  const std::lock_guard lock(mutex_);
  std::set<ObjectKey> keys;
  for (const auto& [key, since] : working_) keys.insert(key);
  return keys;
}

int WorkQueue::failures(const ObjectKey& key) const {
  const std::lock_guard lock(mutex_);
  return limiter_.failures(key);
}

}  // namespace windlass::kube
