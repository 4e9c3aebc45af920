#pragma once
// The objects an informer holds, with indices. Source: client-go tools/cache/thread_safe_store.go.
// Thread-safe; objects are immutable and shared, so a reader never blocks a writer for longer than a lookup.
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kube/runtime/informer.h"

namespace windlass::kube {

class ObjectStore {
 public:
  // Existing objects are indexed at once.
  void addIndex(const std::string& index, IndexFunction function);

  ObjectPtr get(const ObjectKey& key) const;
  std::vector<ObjectPtr> list() const;
  std::vector<ObjectPtr> listNamespace(const std::string& ns) const;
  std::vector<ObjectPtr> byIndex(const std::string& index, const std::string& value) const;
  std::size_t size() const;

  // Returns what was there before, or nullptr.
  ObjectPtr put(const ObjectKey& key, ObjectPtr object);
  ObjectPtr erase(const ObjectKey& key);

  struct Change {
    ObjectPtr before;  // null: new
    ObjectPtr after;   // null: vanished
  };
  using Objects = std::map<ObjectKey, ObjectPtr>;
  // The store becomes exactly `objects`, in one step for every reader; what changed, vanished ones last.
  std::vector<Change> replace(Objects objects);

 private:
  using Keys = std::unordered_set<ObjectKey>;
  struct Index {
    IndexFunction function;
    std::unordered_map<std::string, Keys> keys;
  };
  void link(const ObjectKey& key, const Json& object);  // mutex_ held exclusively
  void unlink(const ObjectKey& key, const Json& object);
  std::vector<ObjectPtr> resolve(const Keys& keys) const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<ObjectKey, ObjectPtr> objects_;
  std::map<std::string, Index> indices_;
};

}  // namespace windlass::kube
