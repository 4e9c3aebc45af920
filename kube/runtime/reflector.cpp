#include "kube/runtime/reflector.h"

#include <random>

#include "kube/runtime/log.h"

namespace windlass::kube {
namespace {

constexpr auto kLogAgainAfter = std::chrono::minutes(1);

double uniformRandom() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

Reflector::Reflector(Client& client, ResourceKind kind, ReflectorOptions options, Sink sink, Tick tick, Clock& clock)
    : client_(client),
      kind_(std::move(kind)),
      sink_(std::move(sink)),
      tick_(std::move(tick)),
      clock_(clock),
      state_(std::move(options), uniformRandom) {}

Reflector::~Reflector() {
  stop();
}

void Reflector::start() {
  thread_ = std::thread([this] { run(); });
}

void Reflector::requestStop() {
  stop_.request_stop();
  const std::lock_guard lock(mutex_);
  if (stream_) stream_->cancel();
  changed_.notify_all();
}

void Reflector::stop() {
  requestStop();
  if (thread_.joinable()) thread_.join();
}

bool Reflector::stopping() const {
  return stop_.stop_requested();
}

std::string Reflector::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

bool Reflector::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

void Reflector::succeeded() {
  trouble_.clear();
  refused_ = false;
}

void Reflector::run() {
  while (!stopping()) {
    switch (state_.phase()) {
      case ReflectorState::Phase::List:
        list();
        break;
      case ReflectorState::Phase::OpenWatch:
        openWatch();
        break;
      case ReflectorState::Phase::Watch:
        readWatch();
        break;
      case ReflectorState::Phase::BackOff:
        backOff();
        break;
    }
  }
}

void Reflector::list() {
  ListOptions request = state_.listRequest();
  request.stop = stop_.get_token();
  request.take = [this](Json item) { handle(state_.listedOne(std::move(item))); };
  auto page = client_.list(kind_, request);
  if (stopping()) return;
  if (!page) return handle(state_.listFailed(page.error(), clock_.now()));
  {
    const std::lock_guard lock(mutex_);
    succeeded();
  }
  handle(state_.listed(std::move(*page)));
}

void Reflector::openWatch() {
  WatchOptions request = state_.watchRequest();
  request.stop = stop_.get_token();
  auto stream = client_.watch(kind_, request);
  if (!stream) return handle(state_.watchOpenFailed(stream.error(), clock_.now()));
  const std::lock_guard lock(mutex_);
  if (stopping()) return (*stream)->cancel();
  succeeded();
  stream_ = std::move(*stream);
  state_.watchOpened(clock_.now());
}

void Reflector::readWatch() {
  // Only this thread replaces stream_, so it may read it without the lock.
  auto event = stream_->next(tickEvery_.load());
  if (stopping()) return;
  if (event && *event) {
    handle(state_.received(std::move(**event), clock_.now()));
  } else if (event) {
    handle(state_.closed(clock_.now()));
  } else {
    handle(state_.streamFailed(event.error(), clock_.now()));
  }
  if (tick_) tick_();
  if (state_.phase() == ReflectorState::Phase::Watch) return;
  const std::lock_guard lock(mutex_);
  stream_->cancel();
  stream_.reset();
}

void Reflector::backOff() {
  std::unique_lock lock(mutex_);
  const SteadyTime until = clock_.now() + state_.delay();
  while (!stopping() && clock_.now() < until) {
    clock_.wait(lock, changed_, std::min<SteadyTime>(until, clock_.now() + tickEvery_.load()));
    if (!tick_ || stopping()) continue;
    lock.unlock();
    tick_();
    lock.lock();
  }
  lock.unlock();
  state_.waited();
}

void Reflector::handle(ReflectorEffects effects) {
  for (ReflectorEffect& effect : effects) {
    if (const auto* troubled = std::get_if<Report>(&effect)) report(*troubled);
    sink_(std::move(effect));
  }
}

void Reflector::report(const Report& report) {
  const std::string text = report.what + ": " + report.error.toString();
  const std::lock_guard lock(mutex_);
  trouble_ = text;
  refused_ = report.error.kind == ErrorKind::Forbidden || report.error.kind == ErrorKind::Unauthorized;
  const SteadyTime now = clock_.now();
  if (text == loggedTrouble_ && now - loggedAt_ < kLogAgainAfter) return;
  loggedTrouble_ = text;
  loggedAt_ = now;
  logWarning("informer: " + report.what, {{"resource", kind_.plural + (kind_.group.empty() ? "" : "." + kind_.group)},
                                          {"error", report.error.toString()},
                                          {"reason", std::string(toString(report.error.kind))}});
}

}  // namespace windlass::kube
