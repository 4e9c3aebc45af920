#pragma once
// The Controller of the Manager: sources, queue and workers.
// Source: controller-runtime pkg/internal/controller/controller.go (reconcileHandler) and
// pkg/handler/enqueue_mapped.go.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "kube/runtime/controller.h"
#include "kube/runtime/work_queue.h"

namespace windlass::kube {

class ControllerLoop : public Controller {
 public:
  ControllerLoop(std::string name, Reconciler reconciler, Metrics& metrics, Clock& clock = systemClock(),
                 KeyRatePolicy policy = {});
  ~ControllerLoop() override;

  Controller& watches(Informer& informer, KeyMapper mapper, Predicate predicate) override;
  Controller& workers(int count) override;
  void enqueue(const ObjectKey& key) override { queue_.add(key); }
  void enqueueAfter(const ObjectKey& key, std::chrono::milliseconds delay) override { queue_.addAfter(key, delay); }

  const std::string& name() const { return name_; }
  // Handlers are added now, so what the informers hold is replayed into the queue; then the workers start.
  void start();
  void requestStop();  // no new key is begun
  // True when every worker ended within `timeout`; they are joined then.
  bool finished(std::chrono::milliseconds timeout);
  void stop();                   // requestStop() and waits for ever
  std::string busyWith() const;  // the keys being reconciled, for the log

 private:
  struct Source {
    Informer* informer;
    KeyMapper mapper;
    Predicate predicate;
  };
  void feed(const Source& source, const InformerEvent& event);
  void work();
  void reconcile(const ObjectKey& key);
  Result<ReconcileOutcome> callReconciler(const ObjectKey& key);
  void settle(const ObjectKey& key, const Result<ReconcileOutcome>& result);
  CounterHandle results(const char* result) const;

  const std::string name_;
  const Reconciler reconciler_;
  Metrics& metrics_;
  Clock& clock_;
  WorkQueue queue_;
  int workerCount_ = 1;
  std::vector<Source> sources_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;
  std::condition_variable workerEnded_;
  int running_ = 0;

  CounterHandle success_, error_, requeueAfter_, errors_, terminalErrors_, panics_;
  GaugeHandle activeWorkers_;
  HistogramHandle seconds_;
};

}  // namespace windlass::kube
