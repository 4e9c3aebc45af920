#include "kube/client/rest_watch.h"

#include <algorithm>

namespace windlass::kube {

Result<std::optional<WatchEvent>> RestWatch::next(std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    auto event = decoder_.next();
    if (!event || event->has_value()) return event;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    auto bytes = bytes_->read(std::max(left, std::chrono::milliseconds{0}));
    if (!bytes) {
      if (bytes.error().kind == ErrorKind::Cancelled) return fail(std::move(bytes).error());
      return wrap(what_, std::move(bytes).error());
    }
    if (bytes->has_value()) {
      decoder_.feed(**bytes);
      continue;
    }
    WINDLASS_TRY(decoder_.finish());
    return std::optional<WatchEvent>();
  }
}

}  // namespace windlass::kube
