#pragma once
// The EventRecorder of the Manager: a bounded queue, a thread that writes, bounded retries. Losing an event is better
// than blocking a reconciler, so an overflow is counted (windlass_events_dropped_total) and dropped.
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "kube/client/client.h"
#include "kube/runtime/event_series.h"
#include "kube/serve/metrics.h"

namespace windlass::kube {

class EventWriter : public EventRecorder {
 public:
  EventWriter(std::shared_ptr<Client> client, const std::string& controller, const std::string& instance,
              Metrics& metrics, Clock& clock = systemClock());
  ~EventWriter() override;  // drops what is left

  void record(const ResourceKind& kind, const Json& regarding, const EventSpec& event) override;
  void start();
  // Writes what is queued, each once, within `timeout`; then ends the thread.
  void stop(std::chrono::milliseconds timeout);
  std::size_t queued() const;

 private:
  void run();
  void send(const EventWrite& write);
  Status trySend(const EventWrite& write);
  bool pauseBeforeRetry();

  const std::shared_ptr<Client> client_;
  Clock& clock_;
  CounterHandle dropped_;
  EventSeries series_;  // writer thread only
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Occurrence> queue_;
  bool stopping_ = false;
  SteadyTime stopBy_ = SteadyTime::max();
};

}  // namespace windlass::kube
