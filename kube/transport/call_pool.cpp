#include "kube/transport/call_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace windlass::kube {
namespace {

// As Go's http.Transport: the server closes idle connections as well, and a dead one would hold its socket for ever.
constexpr std::chrono::seconds kIdleFor{90};
constexpr std::size_t kMaxIdle = 64;
constexpr std::chrono::seconds kConnectTimeout{10};

// Not kept: a connection whose exchange was cut short cannot be used again.
Exchange exchangeUnlessStopped(Connection& connection, const Call& call) {
  const std::stop_callback onStop(call.stop, [&connection] { connection.waker()->wake(Waker::Reason::Cancelled); });
  return exchange(connection, call);
}

}  // namespace

CallOutcome CallPool::run(const Call& call) {
  int generation = 0;
  while (auto connection = take(call.context, generation)) {
    if (!connection->isQuiet()) continue;
    Exchange made = exchangeUnlessStopped(*connection, call);
    // The server closed it just then. Nothing says that it did not act on the request, so a write is not repeated.
    if (made.unanswered && call.isGet) break;
    if (made.reusable) giveBack(std::move(connection), generation);
    return std::move(made.outcome);
  }
  return runOnNew(call);
}

CallOutcome CallPool::runOnNew(const Call& call) {
  int generation = 0;
  {
    const std::lock_guard lock(mutex_);
    generation = generation_;
  }
  const auto waker = std::make_shared<Waker>();
  const std::stop_callback onStop(call.stop, [&waker] { waker->wake(Waker::Reason::Cancelled); });
  const auto until = std::min<SteadyTime>(call.deadline, std::chrono::steady_clock::now() + kConnectTimeout);
  auto connection = Connection::open(route_, call.context, until, waker);
  if (!connection) return {{}, CallError{std::move(connection).error(), false}};
  Exchange made = exchange(**connection, call);
  if (made.reusable) giveBack(std::move(*connection), generation);
  return std::move(made.outcome);
}

std::unique_ptr<Connection> CallPool::take(const TlsContext& context, int& generation) {
  std::vector<Idle> old;  // closed outside of the lock
  const std::lock_guard lock(mutex_);
  generation = generation_;
  const auto now = std::chrono::steady_clock::now();
  const auto fresh =
      std::find_if(idle_.begin(), idle_.end(), [now](const Idle& i) { return now - i.since < kIdleFor; });
  std::move(idle_.begin(), fresh, std::back_inserter(old));
  idle_.erase(idle_.begin(), fresh);
  if (idle_.empty() || idle_.back().connection->context() != context) return nullptr;
  auto connection = std::move(idle_.back().connection);
  idle_.pop_back();
  return connection;
}

void CallPool::giveBack(std::unique_ptr<Connection> connection, int generation) {
  const std::lock_guard lock(mutex_);
  if (generation == generation_ && idle_.size() < kMaxIdle)
    idle_.push_back({std::move(connection), std::chrono::steady_clock::now()});
}

void CallPool::renewConnections() {
  std::vector<Idle> old;
  const std::lock_guard lock(mutex_);
  ++generation_;
  std::swap(old, idle_);
}

}  // namespace windlass::kube
