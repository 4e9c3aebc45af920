#pragma once
// What this process has written and its informer has not seen yet, so that a reconciler reads its own writes.
// Source of the idea: client-go tools/cache/mutation_cache.go; versions of one kind are ordered (KEP-5504).
//
// Laid over a store, never put into it: handlers and indices follow the watch alone, so nobody misses a change. Only
// objects that the store has are laid over: one that it lacks may have been deleted since, and would come back as a
// ghost. Holds at most what was written since the watch last told. Thread-safe.
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

#include "kube/client/client.h"
#include "kube/runtime/packed_object.h"

namespace windlass::kube {

class OwnWrites {
 public:
  // `stored` reads what the store has now, null when absent. Keeps `object` when it is a later state of the same one.
  void written(const Json& object, const std::function<ObjectPtr(const ObjectKey&)>& stored);
  // The store shows this state of the key now, or none any more.
  void seen(const Json& object);
  void gone(const ObjectKey& key);
  // The store was replaced.
  void clear();
  // None: the store is as new.
  PackedObject get(const ObjectKey& key) const;

 private:
  struct Write {
    PackedObject object;
    std::uint64_t version = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<ObjectKey, Write> writes_;
  std::atomic<std::size_t> count_{0};  // of writes_, one more while one is added: most reads and events find none
};

// `client`, that tells of every object a write has answered with, from the thread that wrote. Not told: what was only
// tried (dry run), what is no object of the kind (a Scale), deletions.
std::shared_ptr<Client> tellingClient(std::shared_ptr<Client> client,
                                      std::function<void(const ResourceKind&, const Json&)> written);

}  // namespace windlass::kube
