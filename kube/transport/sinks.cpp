#include "kube/transport/sinks.h"

#include <algorithm>
#include <utility>

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxBuffered = 1U << 20U;
constexpr std::size_t kMaxErrorBody = 64U << 10U;

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [name](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

void StreamSink::onHead(int status, Headers headers) {
  const std::lock_guard lock(mutex_);
  head_.status = status;
  head_.headers = std::move(headers);
  headReady_ = !isError();
  changed_.notify_all();
}

TransferSink::Flow StreamSink::onData(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (cancelled_) return Flow::Abort;
  if (isError()) {
    head_.body.append(bytes.substr(0, kMaxErrorBody - head_.body.size()));
    return Flow::Continue;
  }
  if (!buffer_.empty() && buffer_.size() + bytes.size() > kMaxBuffered) {
    paused_ = true;
    return Flow::Pause;
  }
  buffer_.append(bytes);
  changed_.notify_all();
  return Flow::Continue;
}

void StreamSink::onDone(std::optional<TransferError> error) {
  const std::lock_guard lock(mutex_);
  if (error) error_ = std::move(error->error);
  // To a reader Timeout means "nothing yet, ask again", which would be for ever now.
  if (error_ && error_->kind == ErrorKind::Timeout && head_.status != 0) error_->kind = ErrorKind::Transport;
  headReady_ = headReady_ || head_.status != 0;
  done_ = true;
  changed_.notify_all();
}

Result<HttpResponse> StreamSink::waitHead(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  const auto answered = [this] { return headReady_ || done_; };
  if (wait.count() == 0)
    changed_.wait(lock, answered);
  else if (!changed_.wait_for(lock, wait, answered))
    return fail(ErrorKind::Timeout, "the server did not answer within " + std::to_string(wait.count()) + " ms");
  if (!headReady_ && error_) return fail(*error_);
  return head_;
}

StreamSink::Taken StreamSink::take(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] { return !buffer_.empty() || done_ || cancelled_; });
  if (cancelled_) return {fail(ErrorKind::Cancelled, "the stream was cancelled"), false};
  if (!buffer_.empty()) return {std::optional(std::exchange(buffer_, {})), std::exchange(paused_, false)};
  if (!done_) return {fail(ErrorKind::Timeout, "nothing came on the stream in time"), false};
  if (error_) return {fail(*error_), false};
  return {std::optional<std::string>(), false};
}

void StreamSink::cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

}  // namespace windlass::kube
