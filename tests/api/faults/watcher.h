#pragma once
// An informer that remembers what it told its handler.
#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api_fixture.h"
#include "kube/runtime/object_informer.h"

namespace windlass::kube {

// Looks every 50 ms until `condition` holds; false when it did not within `time`.
inline bool eventually(const std::function<bool()>& condition, std::chrono::seconds time = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

// Retries soon, so that a test waits for the behaviour and not for the thirty seconds of production.
inline ReflectorOptions impatient() {
  ReflectorOptions options;
  options.backoff = {std::chrono::milliseconds(100), std::chrono::milliseconds(1000), 2, 1, std::chrono::minutes(2)};
  return options;
}

class Watcher {
 public:
  Watcher(Client& client, const ResourceKind& kind, const std::string& ns, ReflectorOptions reflection = {})
      : informer_(client, kind, inNamespace(ns), systemClock(), std::move(reflection)) {
    informer_.addHandler([this](const InformerEvent& event) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(event);
    });
    informer_.start();
  }

  bool synced() const { return informer_.hasSynced(); }
  std::string trouble() const { return informer_.trouble(); }
  void requestStop() { informer_.requestStop(); }
  ObjectPtr get(const ObjectKey& key) const { return informer_.get(key); }
  // name -> resourceVersion of everything in the store.
  std::map<std::string, std::string> versions() const {
    std::map<std::string, std::string> all;
    for (const ObjectPtr& object : informer_.list()) all[nameOf(*object)] = resourceVersionOf(*object);
    return all;
  }
  // The events of one object, oldest first.
  std::vector<InformerEvent> eventsOf(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    std::vector<InformerEvent> found;
    std::copy_if(seen_.begin(), seen_.end(), std::back_inserter(found),
                 [&name](const InformerEvent& event) { return nameOf(*event.object) == name; });
    return found;
  }

 private:
  static InformerOptions inNamespace(const std::string& ns) {
    InformerOptions options;
    options.ns = ns;
    return options;
  }

  mutable std::mutex mutex_;
  std::vector<InformerEvent> seen_;
  ObjectInformer informer_;  // last: its thread ends before what its handler uses
};

}  // namespace windlass::kube
