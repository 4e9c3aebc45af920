#pragma once
// The manager owns informers, controllers, leader election, the event recorder and the metrics/health endpoints, starts
// them in order and stops them in reverse. Source: controller-runtime pkg/manager/internal.go.
//
// A main() is: createClient -> Manager m(client, options) -> m.informer(...), m.controller(...) -> m.run().
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/runtime/clock.h"
#include "kube/runtime/controller.h"
#include "kube/runtime/events.h"
#include "kube/serve/metrics.h"
#include "kube/serve/webhook_server.h"

namespace windlass::kube {

struct LeaderElectionOptions {
  bool enabled = false;
  std::string ns;
  std::string name;      // of the Lease
  std::string identity;  // unique a process: pod name + "_" + random
  std::chrono::seconds leaseDuration{15};
  std::chrono::seconds renewDeadline{10};
  std::chrono::seconds retryPeriod{2};
};

struct ManagerOptions {
  std::string component;       // "windlass-operator": field manager, event source, user agent
  std::string metricsAddress;  // "0.0.0.0:8080"; "" = none; port 0 = any
  std::string healthAddress;   // "0.0.0.0:8081": /healthz, /readyz
  LeaderElectionOptions leaderElection;
  std::chrono::seconds cacheSyncTimeout{120};
  std::chrono::seconds gracefulShutdownTimeout{30};
  // The lease uses this client when set (its own connection and no shared limiter), else the main one.
  std::shared_ptr<Client> leaseClient;
  // Called when going on would be wrong: the lease was lost while reconcilers run, or the shutdown timed out. When
  // empty: logs and ends the process at once, because a reconcile that is under way must not go on writing. Tests set
  // it.
  std::function<void(const Error&)> abandon;
  Clock* clock = nullptr;  // for tests; null: the machine's
  // Whether run() may limit the heap's arenas to one a processor (mallopt(3), for the whole process; MALLOC_ARENA_MAX
  // and GLIBC_TUNABLES go first). glibc makes up to eight a processor, and each keeps what its threads once needed.
  bool limitArenas = true;
};

class Manager {
 public:
  Manager(std::shared_ptr<Client> client, ManagerOptions options);
  ~Manager();
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // What is written through it, informers show at once (informer.h).
  Client& client();
  // The same client for reconcilers that must not write once the lease is gone: each write first asks whether we lead
  // (fencing.h). Without leader election it is client().
  Client& fencedClient();
  EventRecorder& events();
  // Where counters, gauges and histograms of your own are made; they are served with the manager's.
  Metrics& metrics();
  // One informer for each (kind, options.ns, selectors, metadataOnly, projection): a second call with the same returns
  // the first. Before run().
  Informer& informer(const ResourceKind& kind, InformerOptions options = {});
  // A controller runs only on the leader (when election is enabled) and only after all caches have synced.
  Controller& controller(const std::string& name, Reconciler reconciler);
  // A function that is called on its own thread once caches are synced (and, if leaderOnly, once leading); it must
  // return soon after `stopping` becomes true. stopping.wait(false) sleeps until then.
  void runnable(const std::string& name, bool leaderOnly, std::function<void(const std::atomic<bool>& stopping)> body);
  void addHealthCheck(const std::string& name, std::function<Status()> check);
  void addReadyCheck(const std::string& name, std::function<Status()> check);

  // The webhook server: started before the caches, stopped with the endpoints. One a manager; add handlers before
  // run().
  WebhookServer& webhooks(WebhookOptions options);

  // Blocks until stop() (or a signal, when handleSignals) or a fatal error (cache sync timeout, lost lease).
  Status run();
  // While we lead (and the lease did not run out by our clock): a number that every later leader's exceeds. nullopt:
  // not leading. Without leader election always 0. It starts over when somebody deletes the Lease. Thread-safe.
  std::optional<std::int64_t> leaderEpoch() const;
  // Thread-safe and async-signal-unsafe.
  void stop();
  // SIGTERM and SIGINT call stop(); a second one ends the process. Call in main() before run().
  void handleSignals();
  int metricsPort() const;  // the bound port, once run() has started serving
  int healthPort() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windlass::kube
