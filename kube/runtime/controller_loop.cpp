#include "kube/runtime/controller_loop.h"

#include <exception>

#include "kube/runtime/log.h"

namespace windlass::kube {
namespace {

// controller-runtime pkg/internal/controller/metrics.
const std::vector<double>& reconcileBuckets() {
  static const std::vector<double> buckets{
      0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5,
      1.75,  2.0,  2.5,   3.0,  3.5, 4.0,  4.5, 5,    6,   7,    8,   9,    10,  15,  20,  25,  30,  40,  50,   60};
  return buckets;
}

}  // namespace

ControllerLoop::ControllerLoop(std::string name, Reconciler reconciler, Metrics& metrics, Clock& clock,
                               KeyRatePolicy policy)
    : name_(std::move(name)),
      reconciler_(std::move(reconciler)),
      metrics_(metrics),
      clock_(clock),
      queue_(name_, metrics, clock, policy) {
  const MetricLabels labels{{"controller", name_}};
  success_ = results("success");
  error_ = results("error");
  requeueAfter_ = results("requeue_after");
  errors_ = metrics.counter("controller_runtime_reconcile_errors_total",
                            "Total number of reconciliation errors per controller", labels);
  terminalErrors_ = metrics.counter("controller_runtime_terminal_reconcile_errors_total",
                                    "Total number of terminal reconciliation errors per controller", labels);
  panics_ = metrics.counter("controller_runtime_reconcile_panics_total",
                            "Total number of reconciliation exceptions per controller", labels);
  activeWorkers_ =
      metrics.gauge("controller_runtime_active_workers", "Number of currently used workers per controller", labels);
  seconds_ = metrics.histogram("controller_runtime_reconcile_time_seconds",
                               "Length of time per reconciliation per controller", labels, reconcileBuckets());
}

ControllerLoop::~ControllerLoop() {
  stop();
}

CounterHandle ControllerLoop::results(const char* result) const {
  return metrics_.counter("controller_runtime_reconcile_total", "Total number of reconciliations per controller",
                          {{"controller", name_}, {"result", result}});
}

Controller& ControllerLoop::watches(Informer& informer, KeyMapper mapper, Predicate predicate) {
  sources_.push_back(Source{&informer, std::move(mapper), std::move(predicate)});
  return *this;
}

Controller& ControllerLoop::workers(int count) {
  workerCount_ = std::max(1, count);
  return *this;
}

void ControllerLoop::start() {
  metrics_
      .gauge("controller_runtime_max_concurrent_reconciles", "Maximum number of concurrent reconciles per controller",
             {{"controller", name_}})
      .set(workerCount_);
  // The handlers stay with the informers, which the Manager stops after the controllers; a stopped queue takes nothing.
  for (const Source& source : sources_)
    source.informer->addHandler([this, &source](const InformerEvent& event) { feed(source, event); });
  running_ = workerCount_;
  for (int i = 0; i < workerCount_; ++i) threads_.emplace_back([this] { work(); });
}

void ControllerLoop::feed(const Source& source, const InformerEvent& event) {
  if (source.predicate && !source.predicate(event)) return;
  const int priority = event.isInInitialList || event.isResync ? kLowPriority : 0;
  for (const ObjectKey& key : source.mapper(*event.object)) queue_.add(key, priority);
  if (!event.old) return;
  for (const ObjectKey& key : source.mapper(*event.old)) queue_.add(key, priority);
}

void ControllerLoop::work() {
  while (const auto key = queue_.get()) {
    activeWorkers_.add();
    reconcile(*key);
    queue_.done(*key);
    activeWorkers_.add(-1);
  }
  const std::lock_guard lock(mutex_);
  --running_;
  workerEnded_.notify_all();
}

void ControllerLoop::reconcile(const ObjectKey& key) {
  const SteadyTime begin = clock_.now();
  const auto result = callReconciler(key);
  seconds_.observe(std::chrono::duration<double>(clock_.now() - begin).count());
  settle(key, result);
}

Result<ReconcileOutcome> ControllerLoop::callReconciler(const ObjectKey& key) {
  try {
    return reconciler_(key);
  } catch (const std::exception& e) {
    panics_.add();
    return fail(ErrorKind::Internal, std::string("the reconciler threw an exception: ") + e.what());
  } catch (...) {
    panics_.add();
    return fail(ErrorKind::Internal, "the reconciler threw something that is no std::exception");
  }
}

void ControllerLoop::settle(const ObjectKey& key, const Result<ReconcileOutcome>& result) {
  if (result) {
    queue_.forget(key);
    if (result->requeueAfter.count() > 0) {
      queue_.addAfter(key, result->requeueAfter);
      requeueAfter_.add();
    } else {
      success_.add();
    }
    return;
  }
  if (stopping_ && result.error().kind == ErrorKind::Cancelled) return;
  error_.add();
  errors_.add();
  const LogFields fields{{"controller", name_}, {"object", key.toString()}, {"error", result.error().toString()}};
  if (result.error().retryable()) {
    // Conflicts are part of normal life: someone else wrote first.
    result.error().kind == ErrorKind::Conflict ? logDebug("reconcile failed, will be retried", fields)
                                               : logWarning("reconcile failed, will be retried", fields);
    queue_.addRateLimited(key);
  } else {
    terminalErrors_.add();
    logError("reconcile failed, waits for a change of the object", fields);
    queue_.forget(key);
  }
}

void ControllerLoop::requestStop() {
  stopping_ = true;
  queue_.shutdownNow();
}

bool ControllerLoop::finished(std::chrono::milliseconds timeout) {
  {
    std::unique_lock lock(mutex_);
    if (!workerEnded_.wait_for(lock, timeout, [this] { return running_ == 0; })) return false;
  }
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
  return true;
}

void ControllerLoop::stop() {
  requestStop();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

std::string ControllerLoop::busyWith() const {
  std::string keys;
  for (const ObjectKey& key : queue_.working()) keys += (keys.empty() ? "" : ", ") + key.toString();
  return keys;
}

}  // namespace windlass::kube
