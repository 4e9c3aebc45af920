#pragma once
// An API server in memory for unit tests of every room: lists, watches, conflicts, server-side apply (whole-field
// ownership, conflicts, no write when nothing changes), finalizers, owner garbage collection on demand, status
// subresource, generations, and injected failures. Not a schema validator and not a substitute for tests/api.
//
// Thread-safe. resourceVersions grow by one with each write that changes something.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/client.h"
#include "kube/object/conditions.h"

namespace windlass::kube {

struct FakeRequest {
  std::string verb;  // get, list, watch, create, update, patch, apply, delete, log
  ResourceKind kind;
  ObjectKey key;  // name may be empty for list and watch
  std::string subresource;
};
// Returns an error to be given to the caller instead of doing the request.
using FaultInjector = std::function<std::optional<Error>(const FakeRequest&)>;

class FakeApiServer : public Client {
 public:
  FakeApiServer();
  ~FakeApiServer() override;

  Result<Json> get(const ResourceKind& kind, const ObjectKey& key) override;
  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override;
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override;
  Result<Json> create(const ResourceKind& kind, const Json& object) override;
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource = "") override;
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource = "") override;
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource = "") override;
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options = {}) override;
  Result<std::string> readLog(const ObjectKey& pod, const LogOptions& options) override;

  // One more line that a pod wrote, in order of time.
  void log(const ObjectKey& pod, TimePoint time, const std::string& text);
  void setFaultInjector(FaultInjector injector);
  // Every request so far, and those that changed something.
  std::vector<FakeRequest> requests() const;
  std::size_t writeCount() const;
  void clearRequests();
  // Drops history so that watches and continue tokens from before now answer 410 Expired.
  void compact();
  // Sends a bookmark with the current resourceVersion to every open watch that allows them.
  void sendBookmarks();
  // Makes the open watches of `kind` return `item` next: an ERROR event, a frame that does not decode (a Decode error).
  void injectIntoWatches(const ResourceKind& kind, const Result<std::optional<WatchEvent>>& item);
  // Watches that closeWatches() and injectIntoWatches() would reach now; a request for one is counted a little earlier.
  std::size_t openWatches() const;
  // Ends all open watches as a restarted server would (breaks = Transport error, else a normal close).
  void closeWatches(bool breaks);
  // Deletes objects whose controller owner is gone, as the garbage collector would; returns how many.
  std::size_t collectGarbage();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windlass::kube
