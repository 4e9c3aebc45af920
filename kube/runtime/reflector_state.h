#pragma once
// The list+watch protocol as an explicit state machine without I/O, threads or clocks: what happened goes in, what to
// do with the store comes out, phase() and the request of that phase say what to do next. Driven by Reflector. Source:
// client-go tools/cache/reflector.go, tools/pager/pager.go; kube-rs runtime/src/watcher.rs.
//
//   List ──pages──▶ OpenWatch ──▶ Watch ──closed──▶ OpenWatch (at the last resourceVersion, without a list)
//    ▲ ▲              │  │          │ └─broken, 429, InternalError──▶ BackOff ──▶ OpenWatch
//    │ └──BackOff◀────┘  └──BackOff─┘
//    └──────────────── 410 Expired
#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "kube/client/client.h"
#include "kube/runtime/backoff.h"

namespace windlass::kube {

// Objects of a list that is not complete yet. Nobody sees them before ReplaceAll.
struct Stage {
  std::vector<Json> objects;
  bool first = false;  // a new list begins: what was staged before belongs to one that failed
};
// An object that was deleted again while a streamed list was filled.
struct Unstage {
  Json object;
};
// The list is complete: the store becomes exactly what was staged.
struct ReplaceAll {};
struct Upsert {
  Json object;
};
struct Remove {
  Json object;
};
// Something a person may have to know; the reflector goes on.
struct Report {
  std::string what;
  Error error;
};
using ReflectorEffect = std::variant<Stage, Unstage, ReplaceAll, Upsert, Remove, Report>;
using ReflectorEffects = std::vector<ReflectorEffect>;

struct ReflectorOptions {
  std::string ns, labelSelector, fieldSelector;
  bool metadataOnly = false;
  bool useWatchList = false;  // ask for the first list as a stream (KEP-3157); falls back to a list
  int pageSize = 500;
  std::chrono::seconds minWatchTime{300};  // server-side timeout: random between one and two of it
  std::chrono::seconds internalErrorDeadline{30};
  std::chrono::seconds streamedListPatience{30};  // for the next event of a streamed list, or its end bookmark
  BackoffPolicy backoff;
};

class ReflectorState {
 public:
  enum class Phase { List, OpenWatch, Watch, BackOff };
  using Random = std::function<double()>;  // in [0, 1)

  ReflectorState(ReflectorOptions options, Random random);

  Phase phase() const { return phase_; }
  ListOptions listRequest() const;
  // Draws the timeout: call once for each watch that is opened.
  WatchOptions watchRequest();
  std::chrono::milliseconds delay() const { return delay_; }  // of BackOff
  const std::string& lastResourceVersion() const { return lastVersion_; }

  ReflectorEffects listedOne(Json item);  // before the page it is of
  ReflectorEffects listed(ListPage page);
  ReflectorEffects listFailed(const Error& error, SteadyTime now);
  ReflectorEffects watchOpened(SteadyTime now);
  ReflectorEffects watchOpenFailed(const Error& error, SteadyTime now);
  ReflectorEffects received(WatchEvent event, SteadyTime now);
  ReflectorEffects closed(SteadyTime now);  // the server ended the stream normally
  // next() of the stream failed: Decode is skipped, Timeout is silence, anything else ends the watch.
  ReflectorEffects streamFailed(const Error& error, SteadyTime now);
  ReflectorEffects waited();  // the delay of BackOff is over

 private:
  ReflectorEffects backOff(Phase then, std::string what, Error error, SteadyTime now);
  ReflectorEffects receivedStatus(const Json& status, SteadyTime now);
  ReflectorEffects receivedBookmark(const Json& object);
  ReflectorEffects receivedOfStreamedList(WatchEvent event);
  ReflectorEffects relist(std::string what, Error error, SteadyTime now);
  ReflectorEffects watchEnded(std::string what, Error error, SteadyTime now);
  ReflectorEffects giveUpStreamedList(const std::string& what, Error error);
  ReflectorEffects streamedListFailed(std::string what, Error error, SteadyTime now);
  void startList();
  void stage(ReflectorEffects& effects, std::vector<Json> objects);
  void commit(ReflectorEffects& effects);
  void finishList(const std::string& resourceVersion);
  void advance(WatchEventType type, const Json& object);

  const ReflectorOptions options_;
  const Random random_;
  Backoff backoff_;
  Phase phase_ = Phase::List;
  Phase afterBackOff_ = Phase::List;
  std::chrono::milliseconds delay_{0};

  std::string lastVersion_;       // of the last list or event; "" before the first
  bool versionUnusable_ = false;  // the last one is expired or unknown to the server: list at ""
  bool fullList_ = false;         // a continue token expired: once without pages
  std::string listVersion_ = "0";
  std::string continueToken_;
  bool staging_ = false;  // something of the list under way was staged

  bool streamingList_ = false;  // WatchList until its end bookmark
  bool streamRefused_ = false;  // the server cannot, or did not finish: lists from now on
  int streamingFailures_ = 0;
  SteadyTime opened_{};
  SteadyTime lastEvent_{};  // of the watch that is open
  std::chrono::seconds watchTime_{0};
  std::size_t eventsOfWatch_ = 0;
  bool sawChange_ = false;  // something else than ADDED came on a watch from "" or "0"
  std::optional<SteadyTime> internalErrorsSince_;
};

}  // namespace windlass::kube
