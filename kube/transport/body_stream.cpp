#include "kube/transport/body_stream.h"

#include <algorithm>
#include <utility>

#include "kube/transport/prefixed.h"
#include "kube/transport/receive.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kEnough = 256U << 10U;
constexpr SteadyTime kNoWaiting{};

}  // namespace

BodyStream::BodyStream(Begun begun, std::function<void()> beforeRead)
    : connection_(std::move(begun.connection)),
      waker_(connection_->waker()),
      parser_(std::move(begun.parser)),
      bytes_(std::move(begun.body)),
      end_(begun.end),
      what_(std::move(begun.what)),
      beforeRead_(std::move(beforeRead)) {}

Error BodyStream::broken(Error error) {
  connection_.reset();
  if (error.kind != ErrorKind::Cancelled) {
    // To a reader Timeout means "nothing yet, ask again", which would be for ever now.
    error.kind = ErrorKind::Transport;
    error = prefixed(what_, std::move(error));
  }
  error_ = std::move(error);
  return *error_;
}

Status BodyStream::waitForBytes(SteadyTime deadline) {
  while (bytes_.empty() && !parser_.isDone()) {
    Status got = receive(*connection_, parser_, bytes_, std::min(deadline, end_));
    if (got) continue;
    if (got.error().kind != ErrorKind::Timeout) return fail(broken(std::move(got).error()));
    if (std::chrono::steady_clock::now() < end_) return fail(ErrorKind::Timeout, "nothing came on the stream in time");
    return fail(broken({ErrorKind::Transport, "it did not end in time", 0, std::nullopt, nullptr}));
  }
  return {};
}

// Without waiting. What goes wrong here is said after the bytes that came before it.
void BodyStream::takeWhatIsThere() {
  while (connection_ && !parser_.isDone() && bytes_.size() < kEnough && connection_->holdsBytes()) {
    Status got = receive(*connection_, parser_, bytes_, kNoWaiting);
    if (got) continue;
    if (got.error().kind != ErrorKind::Timeout) broken(std::move(got).error());
    return;
  }
}

Result<std::optional<std::string>> BodyStream::read(std::chrono::milliseconds wait) {
  beforeRead_();
  if (auto open = waker_->check(); !open && !error_) broken(std::move(open).error());
  if (error_) return fail(*error_);
  if (connection_) {
    WINDLASS_TRY(waitForBytes(std::chrono::steady_clock::now() + wait));
    takeWhatIsThere();
  }
  if (parser_.isDone()) connection_.reset();
  if (bytes_.empty()) return std::optional<std::string>();
  return std::optional(std::exchange(bytes_, {}));
}

}  // namespace windlass::kube
