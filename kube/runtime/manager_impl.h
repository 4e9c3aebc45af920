#pragma once
// What a Manager is made of. Private to this room: see manager.h for the contract.
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include "kube/runtime/controller_loop.h"
#include "kube/runtime/event_writer.h"
#include "kube/runtime/fencing.h"
#include "kube/runtime/leader_election.h"
#include "kube/runtime/manager.h"
#include "kube/runtime/object_informer.h"
#include "kube/runtime/signals.h"
#include "kube/serve/health.h"
#include "kube/serve/http_server.h"
#include "kube/serve/metrics.h"

namespace windlass::kube {

struct Manager::Impl {
  struct Runnable {
    std::string name;
    bool leaderOnly;
    std::function<void(const std::atomic<bool>&)> body;
    std::atomic<bool> stopping{false};
    std::thread thread;
  };
  using InformerId = std::tuple<ResourceKind, std::string, std::string, std::string, bool, std::string>;

  Impl(std::shared_ptr<Client> client, ManagerOptions options);
  ~Impl();

  // manager_run.cpp: start in order, wait, stop in reverse.
  Status run();
  Status start();
  Status serve();
  Status serveOn(const std::string& address, bool withHealth, bool withMetrics);
  Status waitForSync();
  void startLeaderOnly();
  void startRunnables(bool leaderOnly);
  Status waitForEnd();
  void stopAll();
  void stopRunnables(bool leaderOnly);
  void runBody(Runnable& runnable);

  // Ok while we may write: no election, or the lease is ours by our clock.
  Status mayWrite() const;
  std::optional<std::int64_t> leaderEpoch() const;

  void written(const ResourceKind& kind, const Json& object);
  void requestStop();
  bool isStopRequested();
  bool isLeaseLost();
  void failWith(const Error& error);
  void abandon(const Error& error);
  std::string unsynced() const;
  std::string refused() const;  // informers that the server does not let read
  void nowStopping(const std::string& what);

  const std::shared_ptr<Client> client;
  const std::shared_ptr<Client> telling;  // client, whose writes the informers hear of
  const std::shared_ptr<Client> fenced;   // telling, while we may write
  const ManagerOptions options;
  const std::string identity;
  Metrics& metrics = Metrics::process();
  Clock& clock = options.clock ? *options.clock : systemClock();
  std::unique_ptr<SignalWatcher> signals;
  std::atomic<bool> started{false};
  HealthChecks health{"/healthz"};
  HealthChecks ready{"/readyz"};
  std::atomic<int> metricsPort{0}, healthPort{0};
  EventWriter events;
  std::map<InformerId, std::unique_ptr<ObjectInformer>> informers;  // fixed once run() has begun
  std::vector<std::unique_ptr<ObjectInformer>> strays;              // asked for too late: never started
  std::vector<std::unique_ptr<ControllerLoop>> controllers;         // go before the informers that feed them
  std::list<Runnable> runnables;
  std::vector<std::unique_ptr<HttpServer>> servers;
  std::unique_ptr<WebhookServer> webhooks;
  std::unique_ptr<LeaderElector> elector;
  std::atomic<const LeaderElector*> startedElector{nullptr};  // for threads that may ask before start() made it

  std::mutex mutex;  // guards the rest
  std::condition_variable changed;
  bool stopRequested = false;
  bool leading = false;
  std::optional<Error> fatal;
  bool leaseLost = false;
  std::string stoppingWhat;
};

}  // namespace windlass::kube
