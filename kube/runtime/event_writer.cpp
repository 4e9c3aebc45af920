#include "kube/runtime/event_writer.h"

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/log.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxQueue = 1000;
constexpr int kMaxTries = 12;
constexpr auto kRetryAfter = std::chrono::seconds(10);
constexpr auto kSeriesTickEvery = std::chrono::minutes(1);

}  // namespace

EventWriter::EventWriter(std::shared_ptr<Client> client, const std::string& controller, const std::string& instance,
                         Metrics& metrics, Clock& clock)
    : client_(std::move(client)), clock_(clock), series_(controller, instance) {
  dropped_ = metrics.counter("windlass_events_dropped_total", "Events that were not written: queue full or refused");
}

EventWriter::~EventWriter() {
  stop(std::chrono::milliseconds(0));
}

void EventWriter::record(const ResourceKind& kind, const Json& regarding, const EventSpec& event) {
  Occurrence what{kind,
                  kind.apiVersion(),
                  nameOf(regarding),
                  namespaceOf(regarding),
                  uidOf(regarding),
                  resourceVersionOf(regarding),
                  event};
  const std::lock_guard lock(mutex_);
  if (stopping_ || queue_.size() >= kMaxQueue) return dropped_.add();
  queue_.push_back(std::move(what));
  changed_.notify_all();
}

void EventWriter::start() {
  thread_ = std::thread([this] { run(); });
}

void EventWriter::stop(std::chrono::milliseconds timeout) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopBy_ = clock_.now() + timeout;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::size_t EventWriter::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void EventWriter::run() {
  SteadyTime nextTick = clock_.now() + kSeriesTickEvery;
  while (true) {
    std::optional<Occurrence> next;
    {
      std::unique_lock lock(mutex_);
      clock_.waitUntil(lock, changed_, nextTick, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_ && (queue_.empty() || clock_.now() >= stopBy_)) break;
      if (!queue_.empty()) {
        next = std::move(queue_.front());
        queue_.pop_front();
      }
    }
    if (next)
      if (const auto write = series_.occurred(*next, clock_.now(), clock_.wallTime())) send(*write);
    if (clock_.now() < nextTick) continue;
    for (const EventWrite& write : series_.tick(clock_.now(), clock_.wallTime())) send(write);
    nextTick = clock_.now() + kSeriesTickEvery;
  }
}

void EventWriter::send(const EventWrite& write) {
  for (int tries = 1;; ++tries) {
    const Status sent = trySend(write);
    if (sent) return;
    if (!sent.error().retryable() || sent.error().kind == ErrorKind::NotFound ||
        sent.error().kind == ErrorKind::Forbidden || tries >= kMaxTries || !pauseBeforeRetry()) {
      dropped_.add();
      logWarning("events: dropped one", {{"event", write.key.toString()}, {"error", sent.error().toString()}});
      return;
    }
  }
}

Status EventWriter::trySend(const EventWrite& write) {
  if (write.verb == EventWrite::Verb::MergePatch) {
    WINDLASS_TRY(client_->patch(kinds::Event, write.key, PatchType::Merge, write.body));
    return {};
  }
  const auto created = client_->create(kinds::Event, write.body);
  if (!created && created.error().kind != ErrorKind::AlreadyExists) return fail(created.error());
  return {};
}

// False when we are stopping: then nothing is tried again.
bool EventWriter::pauseBeforeRetry() {
  std::unique_lock lock(mutex_);
  return !clock_.waitUntil(lock, changed_, clock_.now() + kRetryAfter, [this] { return stopping_; });
}

}  // namespace windlass::kube
