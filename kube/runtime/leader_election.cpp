#include "kube/runtime/leader_election.h"

#include <array>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/log.h"

namespace windlass::kube {
namespace {

constexpr int kReleaseTries = 3;

double jitter() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1.2)(engine);
}

}  // namespace

LeaderElector::LeaderElector(std::shared_ptr<Client> client, LeaderElectionOptions options, Callbacks callbacks,
                             Metrics& metrics, Clock& clock)
    : client_(std::move(client)), options_(std::move(options)), callbacks_(std::move(callbacks)), clock_(clock) {
  master_ = metrics.gauge("leader_election_master_status",
                          "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 "
                          "indicates master. 'name' is the string used to identify the lease.",
                          {{"name", options_.name}});
}

LeaderElector::~LeaderElector() {
  stop(false);
}

void LeaderElector::start() {
  thread_ = std::thread([this] { run(); });
}

void LeaderElector::stop(bool releaseLease) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  if (releaseLease && isLeader()) release();
  const std::lock_guard lock(mutex_);
  leading_ = false;
  master_.set(0);
}

bool LeaderElector::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool LeaderElector::isLeader() const {
  const std::lock_guard lock(mutex_);
  return leading_;
}

SteadyTime LeaderElector::deadline() const {
  const std::lock_guard lock(mutex_);
  return leading_ ? renewed_ + options_.renewDeadline : SteadyTime::max();
}

std::optional<std::int64_t> LeaderElector::epoch() const {
  const std::lock_guard lock(mutex_);
  if (!leading_ || clock_.now() >= renewed_ + options_.renewDeadline) return std::nullopt;
  return epoch_;
}

Status LeaderElector::health() const {
  const std::lock_guard lock(mutex_);
  if (!leading_ || clock_.now() <= renewed_ + options_.leaseDuration) return {};
  return fail(ErrorKind::Timeout,
              fmt::format("the lease {}/{} was not renewed for {} s", options_.ns, options_.name,
                          std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - renewed_).count()));
}

void LeaderElector::run() {
  logInfo("leader election: waiting for the lease",
          {{"lease", options_.ns + "/" + options_.name}, {"identity", options_.identity}});
  if (!acquire()) return;
  logInfo("leader election: leading", {{"lease", options_.ns + "/" + options_.name}, {"identity", options_.identity}});
  callbacks_.onStarted();
  keep();
}

bool LeaderElector::acquire() {
  std::string lastError;
  while (!stopping()) {
    const Status tried = tryOnce();
    if (tried && isLeader()) return true;
    if (!tried && tried.error().message != lastError) {
      lastError = tried.error().message;
      logWarning("leader election: cannot take the lease", {{"error", tried.error().toString()}});
    }
    const auto wait = std::chrono::duration<double>(options_.retryPeriod) * (1 + jitter());
    if (!pause(std::chrono::duration_cast<std::chrono::milliseconds>(wait))) return false;
  }
  return false;
}

void LeaderElector::keep() {
  while (pause(options_.retryPeriod)) {
    const Status tried = tryOnce();
    const bool taken = tried && !seen_.isHeldBy(options_.identity);
    if (!taken && clock_.now() < deadline()) {
      if (!tried) logWarning("leader election: cannot renew the lease yet", {{"error", tried.error().toString()}});
      continue;
    }
    const Error error{ErrorKind::Timeout,
                      taken ? "the lease " + options_.name + " was taken by " + seen_.record()->holder
                            : fmt::format("the lease {} could not be renewed for {} s", options_.name,
                                          options_.renewDeadline.count()),
                      0, std::nullopt, tried ? nullptr : std::make_shared<const Error>(tried.error())};
    {
      const std::lock_guard lock(mutex_);
      leading_ = false;
      stopping_ = true;
    }
    master_.set(0);
    callbacks_.onLost(error);
    return;
  }
}

bool LeaderElector::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !clock_.waitUntil(lock, changed_, clock_.now() + time, [this] { return stopping_; });
}

// leaderelection.go tryAcquireOrRenew: the holder writes what it knows; only a refused write costs a read.
Status LeaderElector::tryOnce() {
  if (isLeader() && lease_.is_object() && seen_.isValid(clock_.now()))
    if (const Status written = writeKnown(); written) return written;
  return readAndWrite();
}

Status LeaderElector::writeKnown() {
  const auto wanted = wantedRecord(seen_, options_.identity, options_.leaseDuration, clock_.now(), clock_.wallTime());
  return wanted ? write(lease_, *wanted) : Status{};
}

Status LeaderElector::readAndWrite() {
  const ObjectKey key{options_.ns, options_.name};
  auto lease = client_->get(kinds::Lease, key);
  if (!lease && lease.error().kind != ErrorKind::NotFound) return fail(std::move(lease).error());
  if (!lease) {
    Json made = newObject(kinds::Lease, key);
    const auto record = wantedRecord({}, options_.identity, options_.leaseDuration, clock_.now(), clock_.wallTime());
    setRecord(made, *record);
    const SteadyTime begin = clock_.now();
    WINDLASS_TRY_ASSIGN(Json created, client_->create(kinds::Lease, made));
    remember(std::move(created));
    noteRenewed(begin);
    return {};
  }
  remember(std::move(*lease));
  const auto wanted = wantedRecord(seen_, options_.identity, options_.leaseDuration, clock_.now(), clock_.wallTime());
  return wanted ? write(lease_, *wanted) : Status{};
}

Status LeaderElector::write(Json lease, const LeaseRecord& record) {
  setRecord(lease, record);
  const SteadyTime begin = clock_.now();  // the lease counts from when we asked, not from when the answer came
  WINDLASS_TRY_ASSIGN(Json written, client_->update(kinds::Lease, lease));
  remember(std::move(written));
  noteRenewed(begin);
  return {};
}

void LeaderElector::remember(Json lease) {
  seen_.observe(recordOf(lease), clock_.now());
  lease_ = std::move(lease);
}

void LeaderElector::noteRenewed(SteadyTime when) {
  const std::lock_guard lock(mutex_);
  renewed_ = when;
  epoch_ = seen_.record()->transitions;
  leading_ = true;
  master_.set(1);
}

// Best effort: when it fails, the lease simply runs out.
void LeaderElector::release() {
  for (int i = 0; i < kReleaseTries; ++i) {
    Json lease = lease_;
    setRecord(lease, releasedRecord(recordOf(lease), clock_.wallTime()));
    const auto written = client_->update(kinds::Lease, lease);
    if (written) return;
    auto fresh = client_->get(kinds::Lease, {options_.ns, options_.name});
    if (!fresh || recordOf(*fresh).holder != options_.identity) return;
    lease_ = std::move(*fresh);
  }
}

std::string makeIdentity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device random;
  return fmt::format("{}_{:08x}{:08x}", host.data(), random(), random());
}

}  // namespace windlass::kube
