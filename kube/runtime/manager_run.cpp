// The order of life of a Manager. Source: controller-runtime pkg/manager/internal.go (Start, engageStopProcedure).
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <malloc.h>

#include "kube/runtime/log.h"
#include "kube/runtime/manager_impl.h"

namespace windlass::kube {
namespace {

constexpr auto kSayWhatIsMissing = std::chrono::seconds(10);

// More threads than there are processors never allocate at the same moment.
void limitHeapArenas() {
  if (std::getenv("MALLOC_ARENA_MAX") || std::getenv("GLIBC_TUNABLES")) return;
  mallopt(M_ARENA_MAX, static_cast<int>(std::max(2U, std::thread::hardware_concurrency())));
}

}  // namespace

Status Manager::Impl::run() {
  if (started.exchange(true)) return fail(ErrorKind::Internal, "a Manager runs once");
  if (options.limitArenas) limitHeapArenas();
  if (signals) {
    signals->start([this](int signal) {
      logInfo("stopping", {{"signal", std::to_string(signal)}});
      requestStop();
    });
  }
  Status result = start();
  if (result) result = waitForEnd();
  // Lost while a stop was already asked for, it is not the reason to end: the stop goes on.
  if (!result && isLeaseLost()) abandon(result.error());
  stopAll();
  return result;
}

Status Manager::Impl::start() {
  if (options.leaderElection.enabled) {
    LeaderElectionOptions election = options.leaderElection;
    election.identity = identity;
    WINDLASS_TRY(checkElection(election));
    LeaderElector::Callbacks callbacks;
    callbacks.onStarted = [this] {
      const std::lock_guard lock(mutex);
      leading = true;
      changed.notify_all();
    };
    callbacks.onLost = [this](const Error& error) {
      const std::lock_guard lock(mutex);
      leaseLost = true;
      if (!fatal) fatal = error;
      changed.notify_all();
    };
    elector = std::make_unique<LeaderElector>(options.leaseClient ? options.leaseClient : client, election,
                                              std::move(callbacks), metrics, clock);
    startedElector = elector.get();
    health.add("leader-election", [this] { return elector->health(); });
  }
  WINDLASS_TRY(serve());
  if (webhooks) WINDLASS_TRY(webhooks->start());
  events.start();
  for (auto& [id, informer] : informers) informer->start();
  WINDLASS_TRY(waitForSync());
  if (isStopRequested()) return {};
  startRunnables(false);
  if (elector)
    elector->start();
  else
    startLeaderOnly();
  return {};
}

Status Manager::Impl::serve() {
  const bool shared = options.metricsAddress == options.healthAddress;
  if (!options.healthAddress.empty()) WINDLASS_TRY(serveOn(options.healthAddress, true, shared));
  if (!options.metricsAddress.empty() && !shared) WINDLASS_TRY(serveOn(options.metricsAddress, false, true));
  return {};
}

Status Manager::Impl::serveOn(const std::string& address, bool withHealth, bool withMetrics) {
  auto server = std::make_unique<HttpServer>(address);
  if (withHealth) {
    health.serveOn(*server);
    ready.serveOn(*server);
  }
  if (withMetrics)
    server->get("/metrics", [this](const HttpQuery&) {
      return HttpAnswer{200, metrics.text(), "text/plain; version=0.0.4; charset=utf-8"};
    });
  WINDLASS_TRY_ASSIGN(const int port, server->start());
  if (withHealth) healthPort = port;
  if (withMetrics) metricsPort = port;
  servers.push_back(std::move(server));
  return {};
}

Status Manager::Impl::waitForSync() {
  const SteadyTime giveUp = clock.now() + options.cacheSyncTimeout;
  std::unique_lock lock(mutex);
  while (!stopRequested && !unsynced().empty()) {
    const SteadyTime next = std::min(giveUp, clock.now() + kSayWhatIsMissing);
    const bool done = clock.waitUntil(lock, changed, next, [this] { return stopRequested || unsynced().empty(); });
    if (done) break;
    if (clock.now() >= giveUp)
      return fail(ErrorKind::Timeout,
                  fmt::format("caches did not sync within {} s: {}; check the API server and our permissions",
                              options.cacheSyncTimeout.count(), unsynced()));
    logInfo("waiting for caches", {{"missing", unsynced()}});
  }
  return {};
}

void Manager::Impl::startRunnables(bool leaderOnly) {
  for (Runnable& runnable : runnables)
    if (runnable.leaderOnly == leaderOnly) runnable.thread = std::thread([this, &runnable] { runBody(runnable); });
}

void Manager::Impl::runBody(Runnable& runnable) {
  try {
    runnable.body(runnable.stopping);
  } catch (const std::exception& e) {
    failWith(Error{ErrorKind::Internal, runnable.name + " threw an exception: " + e.what(), 0, std::nullopt, nullptr});
  }
}

void Manager::Impl::startLeaderOnly() {
  if (isStopRequested()) return;
  for (auto& controller : controllers) controller->start();
  startRunnables(true);
}

Status Manager::Impl::waitForEnd() {
  bool leaderOnlyStarted = false;
  std::unique_lock lock(mutex);
  while (!stopRequested && !fatal) {
    if (leading && !leaderOnlyStarted) {
      leaderOnlyStarted = true;
      lock.unlock();
      startLeaderOnly();
      lock.lock();
      continue;
    }
    const SteadyTime deadline = elector ? elector->deadline() : SteadyTime::max();
    // A renewal that hangs inside a request must not hide that the lease is over.
    if (clock.now() >= deadline) {
      leaseLost = true;
      fatal = Error{ErrorKind::Timeout, "the lease " + options.leaderElection.name + " was not renewed in time", 0,
                    std::nullopt, nullptr};
      break;
    }
    clock.wait(lock, changed, deadline);
  }
  if (fatal) return fail(*fatal);
  return {};
}

void Manager::Impl::nowStopping(const std::string& what) {
  const std::lock_guard lock(mutex);
  stoppingWhat = what;
}

void Manager::Impl::stopRunnables(bool leaderOnly) {
  for (Runnable& runnable : runnables) {
    if (runnable.leaderOnly != leaderOnly) continue;
    runnable.stopping = true;
    runnable.stopping.notify_all();
  }
  for (Runnable& runnable : runnables) {
    if (runnable.leaderOnly != leaderOnly || !runnable.thread.joinable()) continue;
    nowStopping("runnable " + runnable.name);
    runnable.thread.join();
  }
}

// Everything below waits for threads; a watchdog ends the wait when it takes too long.
void Manager::Impl::stopAll() {
  const SteadyTime giveUp = clock.now() + options.gracefulShutdownTimeout;
  std::mutex doneMutex;
  std::condition_variable doneChanged;
  bool done = false;
  std::thread watchdog([&] {
    std::unique_lock lock(doneMutex);
    if (clock.waitUntil(lock, doneChanged, giveUp, [&done] { return done; })) return;
    std::string what;
    {
      const std::lock_guard stateLock(mutex);
      what = stoppingWhat;
    }
    lock.unlock();
    abandon(Error{ErrorKind::Timeout,
                  fmt::format("the shutdown did not finish within {} s: still waiting for {}",
                              options.gracefulShutdownTimeout.count(), what),
                  0, std::nullopt, nullptr});
  });

  for (auto& controller : controllers) controller->requestStop();
  for (auto& controller : controllers) {
    nowStopping("controller " + controller->name() + ", which reconciles " + controller->busyWith());
    controller->stop();
  }
  stopRunnables(true);
  nowStopping("the lease to be released");
  if (elector) elector->stop(true);
  stopRunnables(false);
  nowStopping("informers");
  for (auto& [id, informer] : informers) informer->requestStop();
  for (auto& [id, informer] : informers) informer->stop();
  nowStopping("events to be written");
  events.stop(std::chrono::seconds(5));
  nowStopping("HTTP servers");
  if (webhooks) webhooks->stop();
  for (auto& server : servers) server->stop();
  if (signals) signals->stop();
  {
    const std::lock_guard lock(doneMutex);
    done = true;
    doneChanged.notify_all();
  }
  watchdog.join();
}

}  // namespace windlass::kube
