#include "kube/client/request_metrics.h"

#include <memory>
#include <mutex>
#include <utility>

namespace windlass::kube {
namespace {

struct ObserverSlot {
  std::mutex mutex;
  std::shared_ptr<const RequestObserver> observer;
};

ObserverSlot& observerSlot() {
  static ObserverSlot slot;
  return slot;
}

}  // namespace

void setRequestObserver(RequestObserver observer) {
  auto shared = observer ? std::make_shared<const RequestObserver>(std::move(observer)) : nullptr;
  const std::lock_guard lock(observerSlot().mutex);
  observerSlot().observer = std::move(shared);
}

void observeRequest(const RequestRecord& record) {
  std::shared_ptr<const RequestObserver> observer;
  {
    const std::lock_guard lock(observerSlot().mutex);
    observer = observerSlot().observer;
  }
  if (observer) (*observer)(record);
}

}  // namespace windlass::kube
