#pragma once
// The narrow interface over the Kubernetes API that every other room is written against. Implemented by RestClient
// (kube/client/rest_client.h, real API server) and by FakeApiServer (kube/fake, unit tests).
//
// Threads: every call may be made from any thread; calls block until answer or deadline.
// Errors: API errors keep their HTTP status and Status.message. Retrying follows client-go's rest/with_retry.go: 429
// and 5xx only with Retry-After, GET also after a reset; a write is never repeated on its own.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"

namespace windlass::kube {

struct ListOptions {
  std::string ns;  // empty: all namespaces (or a cluster-scoped kind)
  std::string labelSelector;
  std::string fieldSelector;
  std::string resourceVersion;       // "" = most recent, "0" = any cached
  std::string resourceVersionMatch;  // "", "NotOlderThan", "Exact"
  std::string continueToken;
  int limit = 0;              // 0 = no paging
  bool metadataOnly = false;  // ask for PartialObjectMetadataList
  std::stop_token stop;       // when asked to stop, a list under way returns Cancelled soon
  // Gets each item as it is read; the page has none then. A list that fails may have given some.
  std::function<void(Json)> take;
};

struct ListPage {
  std::vector<Json> items;  // each with apiVersion and kind filled in
  std::string resourceVersion;
  std::string continueToken;  // empty on the last page
};

struct WatchOptions {
  std::string ns;
  std::string labelSelector;
  std::string fieldSelector;
  std::string resourceVersion;
  std::chrono::seconds timeout{300};  // sent as timeoutSeconds; the client gives up 5 s later on a silent connection
  bool allowBookmarks = true;
  bool sendInitialEvents = false;  // WatchList (KEP-3157)
  bool metadataOnly = false;
  std::stop_token stop;  // ends the opening only; an open watch has cancel()
};

enum class WatchEventType { Added, Modified, Deleted, Bookmark, Error };

struct WatchEvent {
  WatchEventType type = WatchEventType::Added;
  Json object;  // for Error: a metav1.Status
};

// One open watch. next() is called from one thread; cancel() from any.
class WatchStream {
 public:
  virtual ~WatchStream() = default;
  // The next event; nullopt when the server closed the stream normally; Timeout when nothing came within `wait` (the
  // stream stays open); Decode for a frame that is no event (the stream stays open); Transport when it broke.
  virtual Result<std::optional<WatchEvent>> next(std::chrono::milliseconds wait) = 0;
  // Makes a blocked and every later next() return Cancelled soon.
  virtual void cancel() = 0;
};

// g++ 12 takes a scoped enumerator for one that hides the alias Json.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
enum class PatchType { Json, Merge, StrategicMerge };
#pragma GCC diagnostic pop

struct ApplyOptions {
  std::string fieldManager;  // 1..128 characters
  bool force = true;
  bool dryRun = false;
  bool readAnswer = true;  // false: the object as it is now is not parsed, and apply() returns null
};

struct DeleteOptions {
  std::string uid;              // precondition, "" = none
  std::string resourceVersion;  // precondition, "" = none
  std::string propagation = "Background";
  std::optional<int> gracePeriodSeconds;
};

struct LogOptions {
  std::string container;            // "" = the pod's only one
  std::int64_t sinceSeconds = 0;    // since 1970: lines of that second and later ones; 0 = from the beginning
  std::size_t limitBytes = 262144;  // what is more is left out at the end, in the middle of a line
  std::chrono::milliseconds timeout{5000};
};

class Client {
 public:
  virtual ~Client() = default;

  virtual Result<Json> get(const ResourceKind& kind, const ObjectKey& key) = 0;
  // Lists and watches leave out metadata.managedFields, which are often the larger half of an object.
  virtual Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) = 0;
  virtual Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) = 0;

  virtual Result<Json> create(const ResourceKind& kind, const Json& object) = 0;
  // PUT with the object's resourceVersion. `subresource` is "" or "status", "scale", ...
  virtual Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource = "") = 0;
  virtual Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                             const std::string& subresource = "") = 0;
  // Server-side apply (application/apply-patch+yaml). `object` names itself and carries only the fields we own.
  // The answer comes without metadata.managedFields, as lists and watches do.
  virtual Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                             const std::string& subresource = "") = 0;
  // NotFound is an error; callers that want "gone is fine" use removeIfThere.
  virtual Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options = {}) = 0;

  // What a container has written since it started, oldest first: lines of "<RFC 3339 time> <text>\n".
  virtual Result<std::string> readLog(const ObjectKey& pod, const LogOptions& options) = 0;
};

Status removeIfThere(Client& client, const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options = {});
// All pages of a list (limit 500 a page), at most `maxItems` (TooLarge beyond).
Result<ListPage> listAll(Client& client, const ResourceKind& kind, ListOptions options, std::size_t maxItems = 200000);

}  // namespace windlass::kube
