#pragma once
// The objects of the fake server with their history: assigns uids, resourceVersions and generations, finishes deletions
// and tells watches. Not thread-safe: FakeApiServer locks.
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "kube/client/client.h"
#include "kube/fake/fake_watch.h"

namespace windlass::kube::fake {

class Store {
 public:
  using ObjectPtr = std::shared_ptr<const Json>;
  struct Stored {
    ResourceKind kind;
    ObjectPtr object;
  };

  ObjectPtr find(const ResourceKind& kind, const ObjectKey& key) const;  // nullptr when absent
  Json insert(const ResourceKind& kind, const ObjectKey& key, Json object);
  // Replaces; nothing happens when nothing differs. An object that is being deleted and has no finalizer left goes.
  Json replace(const ResourceKind& kind, const ObjectKey& key, Json object);
  void erase(const ResourceKind& kind, const ObjectKey& key);

  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) const;
  Result<std::shared_ptr<WatchChannel>> watch(const ResourceKind& kind, const WatchOptions& options);

  std::vector<Stored> all() const;
  std::uint64_t writes() const { return writes_; }
  void compact();
  std::size_t openWatches() const;
  void closeWatches(bool breaks);
  void sendBookmarks();
  void inject(const ResourceKind& kind, const Result<std::optional<WatchEvent>>& item);

 private:
  using TableId = std::pair<std::string, std::string>;  // group, plural
  struct Change {
    std::uint64_t version;
    TableId table;
    ObjectPtr before, after;
  };
  static TableId idOf(const ResourceKind& kind) { return {kind.group, kind.plural}; }
  void announce(const ResourceKind& kind, ObjectPtr before, ObjectPtr after);
  void sendInitial(WatchChannel& channel) const;
  std::string versionText() const { return std::to_string(version_); }

  std::map<TableId, std::map<ObjectKey, Stored>> tables_;
  std::vector<Change> history_;
  std::vector<std::weak_ptr<WatchChannel>> watches_;
  std::uint64_t version_ = 1000;  // resourceVersions of a real server never start at 1
  std::uint64_t compacted_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t uids_ = 0;
};

}  // namespace windlass::kube::fake
