#include "kube/runtime/reflector_state.h"

#include "kube/client/api_error.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr int kMaxStreamingFailures = 3;
constexpr auto kShortestHonestWatch = std::chrono::seconds(1);
constexpr auto kIdleGrace = std::chrono::seconds(10);  // beyond the 5 s the client itself allows

bool isMissingEndBookmarkSupport(const Error& error) {
  return error.kind == ErrorKind::Invalid || error.kind == ErrorKind::BadRequest || error.kind == ErrorKind::NotFound;
}

// The server is not there or busy: asking for the same watch again is cheaper for it than a list.
bool resumesWatch(const Error& error) {
  return error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Transport ||
         error.kind == ErrorKind::Timeout || error.kind == ErrorKind::TooManyRequests ||
         error.kind == ErrorKind::Unauthorized;
}

Error undecodable(const std::string& why) {
  return Error{ErrorKind::Decode, why, 0, std::nullopt, nullptr};
}

}  // namespace

ReflectorState::ReflectorState(ReflectorOptions options, Random random)
    : options_(std::move(options)), random_(std::move(random)), backoff_(options_.backoff) {
  if (options_.useWatchList) {
    phase_ = Phase::OpenWatch;
    streamingList_ = true;
  }
}

ListOptions ReflectorState::listRequest() const {
  ListOptions request;
  request.ns = options_.ns;
  request.labelSelector = options_.labelSelector;
  request.fieldSelector = options_.fieldSelector;
  request.metadataOnly = options_.metadataOnly;
  request.continueToken = continueToken_;
  // A continue token carries its own version (pager.go). A version above 0 is served from the watch cache only without
  // a limit, which keeps a crowd of relists away from etcd (reflector.go).
  if (continueToken_.empty()) request.resourceVersion = listVersion_;
  const bool paged = listVersion_.empty() || listVersion_ == "0";
  request.limit = paged && !fullList_ ? options_.pageSize : 0;
  return request;
}

WatchOptions ReflectorState::watchRequest() {
  watchTime_ = std::chrono::seconds(
      static_cast<std::int64_t>(static_cast<double>(options_.minWatchTime.count()) * (1 + random_())));
  WatchOptions request;
  request.ns = options_.ns;
  request.labelSelector = options_.labelSelector;
  request.fieldSelector = options_.fieldSelector;
  request.metadataOnly = options_.metadataOnly;
  request.resourceVersion = streamingList_ && versionUnusable_ ? "" : lastVersion_;
  request.timeout = watchTime_;
  request.sendInitialEvents = streamingList_;
  return request;
}

void ReflectorState::startList() {
  phase_ = Phase::List;
  staging_ = false;
  continueToken_.clear();
  listVersion_ = versionUnusable_ ? "" : lastVersion_.empty() ? "0" : lastVersion_;
}

void ReflectorState::finishList(const std::string& resourceVersion) {
  lastVersion_ = resourceVersion;
  versionUnusable_ = false;
  fullList_ = false;
  continueToken_.clear();
}

// Pages are handed on as they come, so that no more than one is held in full.
void ReflectorState::stage(ReflectorEffects& effects, std::vector<Json> objects) {
  effects.emplace_back(Stage{std::move(objects), !std::exchange(staging_, true)});
}

void ReflectorState::commit(ReflectorEffects& effects) {
  if (!staging_) stage(effects, {});
  staging_ = false;
  effects.emplace_back(ReplaceAll{});
}

ReflectorEffects ReflectorState::listedOne(Json item) {
  ReflectorEffects effects;
  std::vector<Json> one;
  one.push_back(std::move(item));
  stage(effects, std::move(one));
  return effects;
}

ReflectorEffects ReflectorState::listed(ListPage page) {
  ReflectorEffects effects;
  stage(effects, std::move(page.items));
  if (!page.continueToken.empty()) {
    continueToken_ = std::move(page.continueToken);
    return effects;
  }
  finishList(page.resourceVersion);
  phase_ = Phase::OpenWatch;
  commit(effects);
  return effects;
}

ReflectorEffects ReflectorState::listFailed(const Error& error, SteadyTime now) {
  if (error.kind == ErrorKind::Expired && !continueToken_.empty()) {
    startList();
    fullList_ = true;
    return {Report{"the list changed while it was read page by page: reading it in one piece", error}};
  }
  const bool askedForNewest = listVersion_.empty();
  if ((error.kind == ErrorKind::Expired || isTooLargeResourceVersion(error)) && !askedForNewest) {
    versionUnusable_ = true;
    startList();
    return {Report{"the server does not know our resourceVersion: reading the newest list", error}};
  }
  startList();
  return backOff(Phase::List, "cannot list", error, now);
}

ReflectorEffects ReflectorState::watchOpened(SteadyTime now) {
  phase_ = Phase::Watch;
  opened_ = lastEvent_ = now;
  eventsOfWatch_ = 0;
  sawChange_ = false;
  staging_ = false;
  return {};
}

ReflectorEffects ReflectorState::watchOpenFailed(const Error& error, SteadyTime now) {
  if (error.kind == ErrorKind::Expired) return relist("the watch's resourceVersion is too old", error, now);
  if (streamingList_) return streamedListFailed("cannot open a streamed list", error, now);
  if (resumesWatch(error)) return backOff(Phase::OpenWatch, "cannot open a watch", error, now);
  startList();
  return backOff(Phase::List, "cannot open a watch", error, now);
}

ReflectorEffects ReflectorState::received(WatchEvent event, SteadyTime now) {
  ++eventsOfWatch_;
  lastEvent_ = now;
  if (event.type == WatchEventType::Error) return receivedStatus(event.object, now);
  internalErrorsSince_.reset();
  if (event.type == WatchEventType::Bookmark) return receivedBookmark(event.object);
  if (nameOf(event.object).empty())
    return {Report{"skipped a watch event", undecodable("its object has no metadata.name")}};
  if (streamingList_) return receivedOfStreamedList(std::move(event));
  advance(event.type, event.object);
  ReflectorEffects effects;
  if (event.type == WatchEventType::Deleted)
    effects.emplace_back(Remove{std::move(event.object)});
  else
    effects.emplace_back(Upsert{std::move(event.object)});
  return effects;
}

// News of objects that were already sent come between the made-up adds and the end bookmark.
ReflectorEffects ReflectorState::receivedOfStreamedList(WatchEvent event) {
  if (event.type != WatchEventType::Deleted) return listedOne(std::move(event.object));
  ReflectorEffects effects;
  effects.emplace_back(Unstage{std::move(event.object)});
  return effects;
}

// A watch from "" or "0" starts with made-up ADDED events in no order: their versions say nothing about the stream.
void ReflectorState::advance(WatchEventType type, const Json& object) {
  sawChange_ = sawChange_ || type != WatchEventType::Added;
  const bool synthetic = (lastVersion_.empty() || lastVersion_ == "0") && !sawChange_;
  if (const std::string version = resourceVersionOf(object); !version.empty() && !synthetic) lastVersion_ = version;
}

ReflectorEffects ReflectorState::receivedBookmark(const Json& object) {
  const std::string version = resourceVersionOf(object);
  if (version.empty()) return {Report{"skipped a bookmark", undecodable("it has no resourceVersion")}};
  if (!streamingList_) {
    sawChange_ = true;
    lastVersion_ = version;
    return {};
  }
  if (annotationOf(object, "k8s.io/initial-events-end") != "true") return {};
  streamingList_ = false;
  streamingFailures_ = 0;
  finishList(version);
  ReflectorEffects effects;
  commit(effects);
  return effects;
}

ReflectorEffects ReflectorState::receivedStatus(const Json& status, SteadyTime now) {
  const Error error = errorFromStatus(status, 0);
  if (error.kind == ErrorKind::Expired) return relist("the watch fell behind", error, now);
  if (streamingList_) return streamedListFailed("the streamed list failed", error, now);
  if (error.kind == ErrorKind::Internal) {
    if (!internalErrorsSince_) internalErrorsSince_ = now;
    if (now - *internalErrorsSince_ >= options_.internalErrorDeadline) {
      internalErrorsSince_.reset();
      startList();
      return backOff(Phase::List, "the server keeps failing this watch", error, now);
    }
  }
  return backOff(Phase::OpenWatch, "the server ended the watch with an error", error, now);
}

// The next list is at the last version, which the server answers with anything at least as new. The delay spreads the
// lists of many watchers that expire together (client-go waits here as well).
ReflectorEffects ReflectorState::relist(std::string what, Error error, SteadyTime now) {
  // An answer in one piece costs a multiple of what is kept: streamed again, unless the stream itself is what failed.
  streamingList_ = options_.useWatchList && !streamRefused_ && !streamingList_;
  startList();
  return backOff(streamingList_ ? Phase::OpenWatch : Phase::List, std::move(what), std::move(error), now);
}

ReflectorEffects ReflectorState::closed(SteadyTime now) {
  return watchEnded("the server closed the watch at once", undecodable("very short watch: no event within a second"),
                    now);
}

ReflectorEffects ReflectorState::watchEnded(std::string what, Error error, SteadyTime now) {
  if (streamingList_) return streamedListFailed("the streamed list ended early", std::move(error), now);
  phase_ = Phase::OpenWatch;
  if (now - opened_ < kShortestHonestWatch && eventsOfWatch_ == 0)
    return backOff(Phase::OpenWatch, std::move(what), std::move(error), now);
  return {};
}

ReflectorEffects ReflectorState::streamFailed(const Error& error, SteadyTime now) {
  if (error.kind == ErrorKind::Decode) {
    ++eventsOfWatch_;
    return {Report{"skipped a watch event that does not decode", error}};
  }
  if (error.kind == ErrorKind::Timeout && streamingList_ && now - lastEvent_ >= options_.streamedListPatience)
    return giveUpStreamedList("the streamed list has no end", error);
  if (error.kind == ErrorKind::Timeout && now - opened_ < watchTime_ + kIdleGrace) return {};
  if (error.kind == ErrorKind::Expired) return relist("the watch's resourceVersion is too old", error, now);
  if (streamingList_) return streamedListFailed("the streamed list broke", error, now);
  return backOff(Phase::OpenWatch, "the watch broke", error, now);
}

// kubernetes#140890: a server that never sends the end bookmark would be asked for ever.
ReflectorEffects ReflectorState::giveUpStreamedList(const std::string& what, Error error) {
  streamingList_ = false;
  streamRefused_ = true;
  startList();
  return {Report{what + ": listing instead", std::move(error)}};
}

ReflectorEffects ReflectorState::streamedListFailed(std::string what, Error error, SteadyTime now) {
  if (isMissingEndBookmarkSupport(error) || ++streamingFailures_ >= kMaxStreamingFailures)
    return giveUpStreamedList(what, std::move(error));
  return backOff(Phase::OpenWatch, std::move(what), std::move(error), now);
}

ReflectorEffects ReflectorState::backOff(Phase then, std::string what, Error error, SteadyTime now) {
  delay_ = backoff_.next(now, random_());
  if (error.retryAfter) delay_ = std::max(delay_, std::min(*error.retryAfter, 2 * options_.backoff.max));
  phase_ = Phase::BackOff;
  afterBackOff_ = then;
  return {Report{std::move(what), std::move(error)}};
}

ReflectorEffects ReflectorState::waited() {
  phase_ = afterBackOff_;
  return {};
}

}  // namespace windlass::kube
