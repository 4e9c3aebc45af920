#pragma once
// The objects an informer holds, with indices. Source: client-go tools/cache/thread_safe_store.go.
// Thread-safe. Objects are held packed (packed_object.h) and unpacked for each reader outside of the lock, so a reader
// never blocks a writer for longer than a lookup.
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kube/runtime/informer.h"
#include "kube/runtime/packed_object.h"

namespace windlass::kube {

class ObjectStore {
 public:
  // Existing objects are indexed at once.
  void addIndex(const std::string& index, IndexFunction function);

  ObjectPtr get(const ObjectKey& key) const;
  PackedObject packed(const ObjectKey& key) const;  // none when absent
  std::vector<ObjectPtr> list() const;
  std::vector<ObjectPtr> listNamespace(const std::string& ns) const;
  std::vector<ObjectPtr> byIndex(const std::string& index, const std::string& value) const;
  // Every object that is there now, one at a time: only one is unpacked at any moment.
  void each(const std::function<void(const ObjectPtr&)>& visit) const;
  std::size_t size() const;

  // Returns what was there before, or none.
  PackedObject put(const ObjectKey& key, const Json& object);
  PackedObject erase(const ObjectKey& key);

  struct Change {
    PackedObject before;  // none: new
    PackedObject after;   // none: vanished
  };
  using Objects = std::map<ObjectKey, PackedObject>;
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
  void linkPacked(const ObjectKey& key, const PackedObject& object);  // unpacks when there is an index
  void unlinkPacked(const ObjectKey& key, const PackedObject& object);
  std::vector<PackedObject> all() const;

  mutable std::shared_mutex mutex_;
  std::unordered_map<ObjectKey, PackedObject> objects_;
  std::map<std::string, Index> indices_;
};

}  // namespace windlass::kube
