#include "kube/transport/call_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "kube/transport/curl_transfer.h"

namespace windlass::kube {
namespace {

// As Go's http.Transport: the server closes idle connections as well, and a dead one would hold its socket for ever.
constexpr std::chrono::seconds kIdleFor{90};
constexpr std::size_t kMaxIdle = 64;
// curl wakes earlier for its own deadlines.
constexpr int kLongestPollMs = 60000;

TransferError cancelled() {
  return {Error{ErrorKind::Cancelled, "the request was cancelled", 0, std::nullopt, nullptr}, false};
}

TransferError internal(CURLMcode code) {
  return {Error{ErrorKind::Internal, std::string("an HTTP exchange failed: ") + curl_multi_strerror(code), 0,
                std::nullopt, nullptr},
          false};
}

// Collects one whole response.
class CallSink : public TransferSink {
 public:
  explicit CallSink(std::size_t maxBody) : maxBody_(maxBody) {}
  void onHead(int status, Headers headers) override {
    outcome_.response.status = status;
    outcome_.response.headers = std::move(headers);
  }
  Flow onData(std::string_view bytes) override {
    std::string& body = outcome_.response.body;
    tooLarge_ = body.size() + bytes.size() > maxBody_;
    if (tooLarge_) return Flow::Abort;
    body.append(bytes);
    return Flow::Continue;
  }
  void onDone(std::optional<TransferError> error) override {
    outcome_.error = std::move(error);
    if (tooLarge_)
      outcome_.error =
          TransferError{Error{ErrorKind::TooLarge, "the response is larger than " + std::to_string(maxBody_) + " bytes",
                              outcome_.response.status, std::nullopt, nullptr},
                        false};
  }
  CallOutcome take() { return std::move(outcome_); }

 private:
  const std::size_t maxBody_;
  CallOutcome outcome_;
  bool tooLarge_ = false;
};

}  // namespace

// One thread at a time, except for what curl_multi_wakeup allows.
class CallChannel {
 public:
  CallChannel() : multi_(curl_multi_init()) { curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1L); }
  ~CallChannel() {
    transfer_.reset();
    curl_multi_cleanup(multi_);
  }
  CallChannel(const CallChannel&) = delete;
  CallChannel& operator=(const CallChannel&) = delete;

  bool fits(const TransferSpec& spec) const { return !transfer_ || transfer_->sharesEndpoint(spec); }
  CallOutcome run(TransferSpec spec, std::size_t maxBody, const std::stop_token& stop);

 private:
  std::optional<TransferError> perform(const std::stop_token& stop);
  std::optional<TransferError> result();

  CURLM* multi_;
  std::unique_ptr<CurlTransfer> transfer_;
};

CallOutcome CallChannel::run(TransferSpec spec, std::size_t maxBody, const std::stop_token& stop) {
  const auto sink = std::make_shared<CallSink>(maxBody);
  if (transfer_)
    transfer_->restart(std::move(spec), sink);
  else
    transfer_ = std::make_unique<CurlTransfer>(0, std::move(spec), sink);
  std::optional<TransferError> error;
  if (const CURLMcode code = curl_multi_add_handle(multi_, transfer_->easy()); code != CURLM_OK)
    error = internal(code);
  else
    error = perform(stop);
  curl_multi_remove_handle(multi_, transfer_->easy());
  transfer_->finish(std::move(error));
  return sink->take();
}

std::optional<TransferError> CallChannel::perform(const std::stop_token& stop) {
  const std::stop_callback onStop(stop, [this] { curl_multi_wakeup(multi_); });
  for (int running = 1;;) {
    if (stop.stop_requested()) return cancelled();
    if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) return internal(code);
    if (running == 0) return result();
    if (const CURLMcode code = curl_multi_poll(multi_, nullptr, 0, kLongestPollMs, nullptr); code != CURLM_OK)
      return internal(code);
  }
}

std::optional<TransferError> CallChannel::result() {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &left);
  return message ? transfer_->errorOf(message->data.result) : internal(CURLM_INTERNAL_ERROR);
}

CallPool::CallPool() = default;
CallPool::~CallPool() = default;

CallOutcome CallPool::run(TransferSpec spec, std::size_t maxBody, const std::stop_token& stop) {
  int generation = 0;
  auto channel = take(spec, generation);
  CallOutcome outcome = channel->run(std::move(spec), maxBody, stop);
  giveBack(std::move(channel), generation);
  return outcome;
}

std::unique_ptr<CallChannel> CallPool::take(const TransferSpec& spec, int& generation) {
  std::vector<Idle> old;  // closed outside of the lock
  const std::lock_guard lock(mutex_);
  generation = generation_;
  const auto now = Clock::now();
  const auto fresh =
      std::find_if(idle_.begin(), idle_.end(), [now](const Idle& i) { return now - i.since < kIdleFor; });
  std::move(idle_.begin(), fresh, std::back_inserter(old));
  idle_.erase(idle_.begin(), fresh);
  if (idle_.empty() || !idle_.back().channel->fits(spec)) return std::make_unique<CallChannel>();
  auto channel = std::move(idle_.back().channel);
  idle_.pop_back();
  return channel;
}

void CallPool::giveBack(std::unique_ptr<CallChannel> channel, int generation) {
  const std::lock_guard lock(mutex_);
  if (generation == generation_ && idle_.size() < kMaxIdle) idle_.push_back({std::move(channel), Clock::now()});
}

void CallPool::renewConnections() {
  std::vector<Idle> old;
  const std::lock_guard lock(mutex_);
  ++generation_;
  std::swap(old, idle_);
}

}  // namespace windlass::kube
