#pragma once
// An informer: a reflector (list+watch state machine) that keeps a store and tells handlers of changes.
// Source of the behaviour: client-go tools/cache (reflector.go, shared_informer.go, thread_safe_store.go).
//
// Guarantees: indices are updated before handlers run; events of one key arrive in order; a handler added late first
// gets every stored object as an add; objects are immutable. They are packed at rest (packed_object.h): each read makes
// a copy for its caller, which costs some microseconds a kB.
// get() shows at least what was written through the Manager's clients with an answer that was read (own_writes.h).
// Caveats: delete+recreate may appear as an update (compare UIDs); lists and indices lag behind writes, and so does
// get() behind those of others and for objects that are new.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/client.h"
#include "kube/runtime/projection.h"

namespace windlass::kube {

using ObjectPtr = std::shared_ptr<const Json>;

struct InformerEvent {
  enum class Type { Add, Update, Delete } type = Type::Add;
  ObjectPtr object;                // the new state; for Delete the last state known
  ObjectPtr old;                   // for Update
  bool isInInitialList = false;    // for Add: part of the first list
  bool finalStateUnknown = false;  // for Delete: noticed by a relist, `object` may be stale
  bool isResync = false;           // Update with the same resourceVersion, for handlers that asked for resyncs
};
// Called on the informer's thread; must not block for long (usually it only enqueues).
using InformerHandler = std::function<void(const InformerEvent&)>;

// Computes the index values of an object ("by owner uid", "by node").
using IndexFunction = std::function<std::vector<std::string>(const Json&)>;
struct InformerOptions {
  // Each member has a default, so that {.metadataOnly = true} is complete.
  std::string ns = {};  // "" = all
  std::string labelSelector = {};
  std::string fieldSelector = {};
  bool metadataOnly = false;       // PartialObjectMetadata over the wire
  Projection projection = {};      // of what came (projection.h)
  std::chrono::seconds resync{0};  // of handlers that do not say otherwise; 0 = none
  bool streamedList = false;       // the first list as a watch (WatchList, Kubernetes 1.32+); falls back to a list
};

// Read access to the store. Thread-safe.
class Informer {
 public:
  virtual ~Informer() = default;
  virtual const ResourceKind& kind() const = 0;
  virtual ObjectPtr get(const ObjectKey& key) const = 0;  // nullptr when absent
  virtual std::vector<ObjectPtr> list() const = 0;
  virtual std::vector<ObjectPtr> listNamespace(const std::string& ns) const = 0;
  // Objects whose index `index` holds `value`. Indices are added before the informer starts.
  virtual std::vector<ObjectPtr> byIndex(const std::string& index, const std::string& value) const = 0;
  virtual void addIndex(const std::string& index, IndexFunction function) = 0;
  // With a resync, the handler gets each stored object this often although nothing changed; nullopt: as the informer.
  virtual void addHandler(InformerHandler handler, std::optional<std::chrono::seconds> resync = std::nullopt) = 0;
  virtual bool hasSynced() const = 0;
};

}  // namespace windlass::kube
