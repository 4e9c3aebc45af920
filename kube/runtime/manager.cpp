#include "kube/runtime/manager.h"

#include <cstdlib>

#include <unistd.h>

#include "kube/client/request_metrics.h"
#include "kube/runtime/log.h"
#include "kube/runtime/manager_impl.h"

namespace windlass::kube {

Manager::Impl::Impl(std::shared_ptr<Client> mainClient, ManagerOptions managerOptions)
    : client(std::move(mainClient)),
      telling(tellingClient(client, [this](const ResourceKind& kind, const Json& object) { written(kind, object); })),
      fenced(windlass::kube::fencedClient(telling, [this] { return mayWrite(); })),
      options(std::move(managerOptions)),
      identity(options.leaderElection.identity.empty() ? makeIdentity() : options.leaderElection.identity),
      events(client, options.component, identity, metrics, clock) {
  // One process, one observer: Managers of one process share the process's metrics anyway.
  setRequestObserver([](const RequestRecord& record) {
    Metrics::process()
        .counter("rest_client_requests_total", "Number of HTTP requests, partitioned by status code, method, and host.",
                 {{"code", record.code}, {"method", record.method}, {"host", record.host}})
        .add();
  });
  ready.add("informers", [this]() -> Status {
    const std::string missing = unsynced(), forbidden = refused();
    if (!missing.empty()) return fail(ErrorKind::Unavailable, "not in sync yet: " + missing);
    // An outage is not told here: webhooks of this process go on serving through it.
    if (!forbidden.empty()) return fail(ErrorKind::Forbidden, "may not be read any more: " + forbidden);
    return {};
  });
}

// Informers call into controllers: no informer thread may run when the controllers go.
Manager::Impl::~Impl() {
  requestStop();
  for (auto& controller : controllers) controller->stop();
  for (auto& [id, informer] : informers) informer->requestStop();
  for (auto& [id, informer] : informers) informer->stop();
}

// Before run() there is nothing to be laid over, and informers may still be added.
void Manager::Impl::written(const ResourceKind& kind, const Json& object) {
  if (!started) return;
  for (const auto& [id, informer] : informers)
    if (informer->kind() == kind) informer->written(object);
}

void Manager::Impl::requestStop() {
  const std::lock_guard lock(mutex);
  stopRequested = true;
  changed.notify_all();
}

std::optional<std::int64_t> Manager::Impl::leaderEpoch() const {
  if (!options.leaderElection.enabled) return 0;
  const LeaderElector* current = startedElector;
  return current ? current->epoch() : std::nullopt;
}

Status Manager::Impl::mayWrite() const {
  if (leaderEpoch()) return {};
  return fail(ErrorKind::Cancelled, "not written: we do not hold the lease " + options.leaderElection.name);
}

bool Manager::Impl::isStopRequested() {
  const std::lock_guard lock(mutex);
  return stopRequested;
}

bool Manager::Impl::isLeaseLost() {
  const std::lock_guard lock(mutex);
  return leaseLost;
}

void Manager::Impl::failWith(const Error& error) {
  const std::lock_guard lock(mutex);
  if (!fatal) fatal = error;
  changed.notify_all();
}

void Manager::Impl::abandon(const Error& error) {
  logError("giving up", {{"component", options.component}, {"error", error.toString()}});
  if (options.abandon) return options.abandon(error);
  _exit(1);
}

std::string Manager::Impl::unsynced() const {
  std::string names;
  for (const auto& [id, informer] : informers) {
    if (informer->hasSynced()) continue;
    const std::string trouble = informer->trouble();
    names += (names.empty() ? "" : ", ") + informer->kind().plural + (trouble.empty() ? "" : " (" + trouble + ")");
  }
  return names;
}

std::string Manager::Impl::refused() const {
  std::string names;
  for (const auto& [id, informer] : informers)
    if (informer->refused())
      names += (names.empty() ? "" : ", ") + informer->kind().plural + " (" + informer->trouble() + ")";
  return names;
}

Manager::Manager(std::shared_ptr<Client> client, ManagerOptions options)
    : impl_(std::make_unique<Impl>(std::move(client), std::move(options))) {}
Manager::~Manager() = default;

Client& Manager::client() {
  return *impl_->telling;
}
Client& Manager::fencedClient() {
  return *impl_->fenced;
}
Metrics& Manager::metrics() {
  return impl_->metrics;
}
std::optional<std::int64_t> Manager::leaderEpoch() const {
  return impl_->leaderEpoch();
}
EventRecorder& Manager::events() {
  return impl_->events;
}

Informer& Manager::informer(const ResourceKind& kind, InformerOptions options) {
  const Impl::InformerId id{
      kind, options.ns, options.labelSelector, options.fieldSelector, options.metadataOnly, options.projection.name()};
  if (impl_->started && !impl_->informers.contains(id)) {
    logError("an informer was asked for after run(): it will never hold anything; ask before",
             {{"resource", kind.plural}});
    const std::lock_guard lock(impl_->mutex);
    impl_->strays.push_back(std::make_unique<ObjectInformer>(*impl_->client, kind, std::move(options), impl_->clock));
    return *impl_->strays.back();
  }
  auto& informer = impl_->informers[id];
  if (!informer) {
    informer = std::make_unique<ObjectInformer>(*impl_->client, kind, std::move(options), impl_->clock);
    informer->onSynced([impl = impl_.get()] {
      const std::lock_guard lock(impl->mutex);
      impl->changed.notify_all();
    });
  }
  return *informer;
}

Controller& Manager::controller(const std::string& name, Reconciler reconciler) {
  impl_->controllers.push_back(
      std::make_unique<ControllerLoop>(name, std::move(reconciler), impl_->metrics, impl_->clock));
  return *impl_->controllers.back();
}

void Manager::runnable(const std::string& name, bool leaderOnly, std::function<void(const std::atomic<bool>&)> body) {
  auto& added = impl_->runnables.emplace_back();
  added.name = name;
  added.leaderOnly = leaderOnly;
  added.body = std::move(body);
}

void Manager::addHealthCheck(const std::string& name, std::function<Status()> check) {
  impl_->health.add(name, std::move(check));
}
void Manager::addReadyCheck(const std::string& name, std::function<Status()> check) {
  impl_->ready.add(name, std::move(check));
}

WebhookServer& Manager::webhooks(WebhookOptions options) {
  if (!impl_->webhooks) impl_->webhooks = std::make_unique<WebhookServer>(std::move(options));
  return *impl_->webhooks;
}

Status Manager::run() {
  return impl_->run();
}
void Manager::stop() {
  impl_->requestStop();
}
void Manager::handleSignals() {
  if (!impl_->signals) impl_->signals = std::make_unique<SignalWatcher>();
}
int Manager::metricsPort() const {
  return impl_->metricsPort;
}
int Manager::healthPort() const {
  return impl_->healthPort;
}

}  // namespace windlass::kube
