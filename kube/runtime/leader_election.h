#pragma once
// One thread that takes, renews and gives back a Lease. Source: client-go tools/leaderelection.
//
// Guarantees: onStarted is called once the lease is ours; onLost at most once after it, when the lease could not be
// renewed for renewDeadline or was seen with another holder. A call that hangs cannot hide a loss: deadline() passes by
// the local clock, and whoever watches it (the Manager) acts without this thread.
// Callbacks run on the elector's thread.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "kube/client/client.h"
#include "kube/runtime/lease_record.h"
#include "kube/serve/metrics.h"

namespace windlass::kube {

class LeaderElector {
 public:
  struct Callbacks {
    std::function<void()> onStarted;
    std::function<void(const Error&)> onLost;
  };

  LeaderElector(std::shared_ptr<Client> client, LeaderElectionOptions options, Callbacks callbacks, Metrics& metrics,
                Clock& clock = systemClock());
  ~LeaderElector();  // stops without releasing

  void start();
  // Ends the thread; a held lease is written back as released, so another may take it at once.
  void stop(bool release);
  bool isLeader() const;
  // By when the lease must have been renewed; time_point::max() while we do not lead.
  SteadyTime deadline() const;
  // The Lease's number of transitions while we lead and its renewal is not overdue, else nullopt. Any thread.
  std::optional<std::int64_t> epoch() const;
  // Fails when we lead and the lease ran out without having been renewed.
  Status health() const;

 private:
  void run();
  bool acquire();                              // until it is ours (true) or we stop
  void keep();                                 // until it is lost or we stop
  bool pause(std::chrono::milliseconds time);  // false: stopping
  bool stopping() const;
  Status tryOnce();
  Status writeKnown();
  Status readAndWrite();
  Status write(Json lease, const LeaseRecord& record);
  void release();
  void remember(Json lease);
  void noteRenewed(SteadyTime when);

  const std::shared_ptr<Client> client_;
  const LeaderElectionOptions options_;
  const Callbacks callbacks_;
  Clock& clock_;
  GaugeHandle master_;
  std::thread thread_;

  // Elector thread only.
  Json lease_;  // as last read or written; null before
  LeaseObservation seen_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool leading_ = false;
  SteadyTime renewed_{};
  std::int64_t epoch_ = 0;
};

// hostname (a pod's name) + "_" + random, as leader election identities are made.
std::string makeIdentity();

}  // namespace windlass::kube
