#include "kube/fake/fake_api_server.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "kube/fake/fake_apply.h"
#include "kube/fake/fake_patch.h"
#include "kube/fake/fake_store.h"
#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr auto kForegroundFinalizer = "foregroundDeletion";

tl::unexpected<Error> refuse(ErrorKind kind, int code, std::string message) {
  return fail(Error{kind, std::move(message), code, std::nullopt, nullptr});
}

tl::unexpected<Error> notFound(const ResourceKind& kind, const ObjectKey& key) {
  const std::string resource = kind.group.empty() ? kind.plural : kind.plural + "." + kind.group;
  return refuse(ErrorKind::NotFound, 404, fmt::format("{} \"{}\" not found", resource, key.name));
}

tl::unexpected<Error> conflicts(const ResourceKind& kind, const ObjectKey& key, const std::string& why) {
  return refuse(ErrorKind::Conflict, 409,
                fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", kind.plural, key.name, why));
}

Status checkKey(const ResourceKind& kind, const ObjectKey& key) {
  if (key.name.empty()) return refuse(ErrorKind::Invalid, 422, kind.kind + ": metadata.name: Required value");
  if (kind.namespaced == key.ns.empty())
    return refuse(ErrorKind::BadRequest, 400,
                  fmt::format("{} \"{}\": {}", kind.kind, key.name,
                              kind.namespaced ? "an empty namespace may not be set" : "namespace may not be set"));
  return {};
}

Status checkType(const ResourceKind& kind, const Json& object) {
  if (object.value("apiVersion", "") == kind.apiVersion() && object.value("kind", "") == kind.kind) return {};
  return refuse(ErrorKind::BadRequest, 400,
                fmt::format("the object is {}/{}, the request was for {}/{}", object.value("apiVersion", ""),
                            object.value("kind", ""), kind.apiVersion(), kind.kind));
}

// Fields of metadata only the server writes.
void keepServerFields(const Json& live, Json& object) {
  const Json& old = live.at("metadata");
  for (const char* name :
       {"uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    object["metadata"].erase(name);
    if (old.contains(name)) object["metadata"][name] = old.at(name);
  }
}

Status checkFinalizers(const ResourceKind& kind, const Json& live, const Json& object) {
  if (!isDeleting(live)) return {};
  for (const Json& finalizer : object.at("metadata").value("finalizers", Json::array()))
    if (finalizer.is_string() && !hasFinalizer(live, finalizer.get<std::string>()))
      return refuse(
          ErrorKind::Invalid, 422,
          kind.kind +
              ": metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted");
  return {};
}

}  // namespace

struct FakeApiServer::Impl {
  mutable std::mutex mutex;
  fake::Store store;
  FaultInjector injector;
  std::vector<FakeRequest> requests;
  std::uint64_t writesCleared = 0;
  std::uint64_t generatedNames = 0;
  std::map<ObjectKey, std::vector<std::pair<TimePoint, std::string>>> logs;

  // Records the request; the injector runs unlocked so that it may use the server.
  Status admit(std::string verb, const ResourceKind& kind, const ObjectKey& key, const std::string& subresource = "") {
    FakeRequest request{std::move(verb), kind, key, subresource};
    FaultInjector inject;
    {
      const std::lock_guard lock(mutex);
      requests.push_back(request);
      inject = injector;
    }
    if (!inject) return {};
    if (auto error = inject(request)) return fail(std::move(*error));
    return {};
  }

  // The object that `object`, written by PUT or patch over `live`, becomes.
  static Result<Json> merged(const ResourceKind& kind, const Json& live, Json object, const std::string& subresource) {
    if (subresource == "scale") {
      Json next = live;
      next["spec"]["replicas"] = intAt(object, "/spec/replicas");
      return next;
    }
    if (subresource == "status") {
      Json next = live;
      next.erase("status");
      if (object.contains("status")) next["status"] = object["status"];
      return next;
    }
    if (fake::hasStatus(kind)) {
      object.erase("status");
      if (live.contains("status")) object["status"] = live["status"];
    }
    fake::encodeStringData(object);
    keepServerFields(live, object);
    WINDLASS_TRY(checkFinalizers(kind, live, object));
    return object;
  }

  Result<Json> write(const ResourceKind& kind, const ObjectKey& key, const Json& live, const Json& object,
                     const std::string& subresource) {
    if (!subresource.empty() && subresource != "scale" && (subresource != "status" || !fake::hasStatus(kind)))
      return refuse(ErrorKind::NotFound, 404, "the server could not find the requested resource");
    if (!uidOf(object).empty() && uidOf(object) != uidOf(live))
      return conflicts(kind, key,
                       fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}",
                                   uidOf(object), uidOf(live)));
    if (!resourceVersionOf(object).empty() && resourceVersionOf(object) != resourceVersionOf(live))
      return conflicts(kind, key,
                       "the object has been modified; please apply your changes to the latest version and try again");
    WINDLASS_TRY_ASSIGN(Json next, merged(kind, live, object, subresource));
    next["metadata"].erase("managedFields");
    if (live.at("metadata").contains("managedFields"))
      next["metadata"]["managedFields"] = live["metadata"]["managedFields"];
    next["metadata"]["resourceVersion"] = resourceVersionOf(live);
    if (next == live) return live;
    fake::recordUpdate(live, next, subresource);
    return store.replace(kind, key, std::move(next));
  }

  Json beginCreate(const ResourceKind& kind, Json object) const {
    for (const char* name :
         {"uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion", "selfLink"})
      object["metadata"].erase(name);
    if (fake::hasStatus(kind)) object.erase("status");
    fake::encodeStringData(object);
    return object;
  }

  void markDeleted(const ResourceKind& kind, const ObjectKey& key, Json object, const std::string& addFinalizer = "") {
    if (!isDeleting(object)) {
      object["metadata"]["deletionTimestamp"] = formatTime(std::chrono::system_clock::now());
      object["metadata"]["deletionGracePeriodSeconds"] = 0;
    }
    if (!addFinalizer.empty() && !hasFinalizer(object, addFinalizer))
      object["metadata"]["finalizers"].push_back(addFinalizer);
    store.replace(kind, key, std::move(object));
  }

  void removeObject(const ResourceKind& kind, const ObjectKey& key, const Json& live, const std::string& propagation) {
    const bool foreground = propagation == "Foreground";
    if (propagation == "Orphan") orphanDependents(uidOf(live));
    if (foreground || !live.at("metadata").value("finalizers", Json::array()).empty())
      markDeleted(kind, key, live, foreground ? kForegroundFinalizer : "");
    else
      store.erase(kind, key);
  }

  void orphanDependents(const std::string& uid) {
    for (const auto& stored : store.all()) {
      Json object = *stored.object;
      Json& owners = object["metadata"]["ownerReferences"];
      if (!owners.is_array()) continue;
      Json kept = Json::array();
      for (const Json& owner : owners)
        if (owner.value("uid", "") != uid) kept.push_back(owner);
      owners = std::move(kept);
      if (owners.empty()) object["metadata"].erase("ownerReferences");
      store.replace(stored.kind, keyOf(*stored.object), std::move(object));
    }
  }

  // One round of the garbage collector; returns how many objects it deleted.
  std::size_t collectOnce() {
    std::set<std::string> alive;
    std::set<std::string> foreground;
    for (const auto& stored : store.all()) {
      alive.insert(uidOf(*stored.object));
      if (isDeleting(*stored.object) && hasFinalizer(*stored.object, kForegroundFinalizer))
        foreground.insert(uidOf(*stored.object));
    }
    std::size_t deleted = 0;
    std::set<std::string> blocked;  // owners that still have dependents
    for (const auto& stored : store.all()) {
      const auto owners = ownersOf(*stored.object);
      const bool owned = std::any_of(owners.begin(), owners.end(), [&](const OwnerReference& owner) {
        return alive.contains(owner.uid) && !foreground.contains(owner.uid);
      });
      if (owners.empty() || owned) continue;
      for (const auto& owner : owners) blocked.insert(owner.uid);
      if (isDeleting(*stored.object)) continue;
      removeObject(stored.kind, keyOf(*stored.object), *stored.object, "Background");
      ++deleted;
    }
    for (const auto& stored : store.all()) {
      if (!foreground.contains(uidOf(*stored.object)) || blocked.contains(uidOf(*stored.object))) continue;
      Json object = *stored.object;
      Json& finalizers = object["metadata"]["finalizers"];
      finalizers.erase(std::find(finalizers.begin(), finalizers.end(), kForegroundFinalizer));
      store.replace(stored.kind, keyOf(*stored.object), std::move(object));
      ++deleted;
    }
    return deleted;
  }
};

FakeApiServer::FakeApiServer() : impl_(std::make_unique<Impl>()) {}
FakeApiServer::~FakeApiServer() {
  impl_->store.closeWatches(true);
}

Result<Json> FakeApiServer::get(const ResourceKind& kind, const ObjectKey& key) {
  WINDLASS_TRY(impl_->admit("get", kind, key));
  const std::lock_guard lock(impl_->mutex);
  const auto object = impl_->store.find(kind, key);
  if (!object) return notFound(kind, key);
  return *object;
}

Result<ListPage> FakeApiServer::list(const ResourceKind& kind, const ListOptions& options) {
  WINDLASS_TRY(impl_->admit("list", kind, {options.ns, ""}));
  std::unique_lock lock(impl_->mutex);
  auto page = impl_->store.list(kind, options);
  lock.unlock();
  if (page && options.take)
    for (Json& item : std::exchange(page->items, {})) options.take(std::move(item));
  return page;
}

Result<std::unique_ptr<WatchStream>> FakeApiServer::watch(const ResourceKind& kind, const WatchOptions& options) {
  WINDLASS_TRY(impl_->admit("watch", kind, {options.ns, ""}));
  const std::lock_guard lock(impl_->mutex);
  WINDLASS_TRY_ASSIGN(auto channel, impl_->store.watch(kind, options));
  return std::make_unique<fake::FakeWatchStream>(std::move(channel));
}

Result<Json> FakeApiServer::create(const ResourceKind& kind, const Json& object) {
  ObjectKey key = keyOf(object);
  WINDLASS_TRY(impl_->admit("create", kind, key));
  WINDLASS_TRY(checkType(kind, object));
  const std::lock_guard lock(impl_->mutex);
  Json created = impl_->beginCreate(kind, object);
  if (key.name.empty() && !stringAt(object, "/metadata/generateName").empty()) {
    key.name = fmt::format("{}{:05d}", stringAt(object, "/metadata/generateName"), ++impl_->generatedNames);
    created["metadata"]["name"] = key.name;
  }
  WINDLASS_TRY(checkKey(kind, key));
  if (impl_->store.find(kind, key))
    return refuse(ErrorKind::AlreadyExists, 409, fmt::format("{} \"{}\" already exists", kind.plural, key.name));
  fake::recordUpdate(Json(), created, "");
  return impl_->store.insert(kind, key, std::move(created));
}

Result<Json> FakeApiServer::update(const ResourceKind& kind, const Json& object, const std::string& subresource) {
  const ObjectKey key = keyOf(object);
  WINDLASS_TRY(impl_->admit("update", kind, key, subresource));
  if (subresource != "scale") WINDLASS_TRY(checkType(kind, object));
  WINDLASS_TRY(checkKey(kind, key));
  const std::lock_guard lock(impl_->mutex);
  const auto live = impl_->store.find(kind, key);
  if (!live) return notFound(kind, key);
  if (resourceVersionOf(object).empty() && subresource != "scale")
    return refuse(
        ErrorKind::Invalid, 422,
        fmt::format(
            "{} \"{}\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
            kind.kind, key.name));
  return impl_->write(kind, key, *live, object, subresource);
}

Result<Json> FakeApiServer::patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                                  const std::string& subresource) {
  WINDLASS_TRY(impl_->admit("patch", kind, key, subresource));
  WINDLASS_TRY(checkKey(kind, key));
  const std::lock_guard lock(impl_->mutex);
  const auto live = impl_->store.find(kind, key);
  if (!live) return notFound(kind, key);
  WINDLASS_TRY_ASSIGN(const Json object, fake::patched(*live, type, body));
  if (keyOf(object) != key)
    return refuse(ErrorKind::BadRequest, 400, "a patch may not change metadata.name or namespace");
  return impl_->write(kind, key, *live, object, subresource);
}

Result<Json> FakeApiServer::apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                                  const std::string& subresource) {
  const ObjectKey key = keyOf(object);
  WINDLASS_TRY(impl_->admit("apply", kind, key, subresource));
  WINDLASS_TRY(checkType(kind, object));
  WINDLASS_TRY(checkKey(kind, key));
  if (options.fieldManager.empty() || options.fieldManager.size() > 128)
    return refuse(ErrorKind::BadRequest, 400, "fieldManager is required for apply patch and has 1 to 128 characters");
  if (find(object, "/metadata/managedFields"))
    return refuse(ErrorKind::BadRequest, 400, "metadata.managedFields must be nil");
  const std::lock_guard lock(impl_->mutex);
  const auto live = impl_->store.find(kind, key);
  if (!live && !subresource.empty()) return notFound(kind, key);
  if (!uidOf(object).empty() && (!live || uidOf(*live) != uidOf(object)))
    return conflicts(kind, key, "uid mismatch: the provided object specified uid " + uidOf(object));
  const std::string version = resourceVersionOf(object);
  if (!version.empty() && (!live || resourceVersionOf(*live) != version))
    return conflicts(kind, key,
                     "the object has been modified; please apply your changes to the latest version and try again");
  Json wanted = object;
  fake::encodeStringData(wanted);
  WINDLASS_TRY_ASSIGN(Json next, fake::applied(kind, live ? *live : Json(), wanted, options, subresource));
  if (live) WINDLASS_TRY(checkFinalizers(kind, *live, next));
  if (options.dryRun) return next;
  return live ? impl_->store.replace(kind, key, std::move(next)) : impl_->store.insert(kind, key, std::move(next));
}

Status FakeApiServer::remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) {
  WINDLASS_TRY(impl_->admit("delete", kind, key));
  const std::lock_guard lock(impl_->mutex);
  const auto live = impl_->store.find(kind, key);
  if (!live) return notFound(kind, key);
  if (!options.uid.empty() && options.uid != uidOf(*live))
    return conflicts(kind, key,
                     fmt::format("the UID in the precondition ({}) does not match the UID in record ({})", options.uid,
                                 uidOf(*live)));
  if (!options.resourceVersion.empty() && options.resourceVersion != resourceVersionOf(*live))
    return conflicts(kind, key,
                     fmt::format("the ResourceVersion in the precondition ({}) does not match the record ({})",
                                 options.resourceVersion, resourceVersionOf(*live)));
  impl_->removeObject(kind, key, *live, options.propagation);
  return {};
}

Result<std::string> FakeApiServer::readLog(const ObjectKey& pod, const LogOptions& options) {
  WINDLASS_TRY(impl_->admit("log", kinds::Pod, pod));
  WINDLASS_TRY(get(kinds::Pod, pod));
  const TimePoint since{std::chrono::seconds(options.sinceSeconds)};
  const std::lock_guard lock(impl_->mutex);
  std::string out;
  for (const auto& [time, line] : impl_->logs[pod]) {
    if (time >= since) out += line;
    if (out.size() >= options.limitBytes) break;
  }
  return out.substr(0, options.limitBytes);
}

void FakeApiServer::log(const ObjectKey& pod, TimePoint time, const std::string& text) {
  const std::lock_guard lock(impl_->mutex);
  impl_->logs[pod].emplace_back(time, formatMicroTime(time) + " " + text + "\n");
}

void FakeApiServer::setFaultInjector(FaultInjector injector) {
  const std::lock_guard lock(impl_->mutex);
  impl_->injector = std::move(injector);
}

std::vector<FakeRequest> FakeApiServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::size_t FakeApiServer::writeCount() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->store.writes() - impl_->writesCleared;
}

void FakeApiServer::clearRequests() {
  const std::lock_guard lock(impl_->mutex);
  impl_->requests.clear();
  impl_->writesCleared = impl_->store.writes();
}

void FakeApiServer::compact() {
  const std::lock_guard lock(impl_->mutex);
  impl_->store.compact();
}

std::size_t FakeApiServer::openWatches() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->store.openWatches();
}

void FakeApiServer::closeWatches(bool breaks) {
  const std::lock_guard lock(impl_->mutex);
  impl_->store.closeWatches(breaks);
}

void FakeApiServer::sendBookmarks() {
  const std::lock_guard lock(impl_->mutex);
  impl_->store.sendBookmarks();
}

void FakeApiServer::injectIntoWatches(const ResourceKind& kind, const Result<std::optional<WatchEvent>>& item) {
  const std::lock_guard lock(impl_->mutex);
  impl_->store.inject(kind, item);
}

std::size_t FakeApiServer::collectGarbage() {
  const std::lock_guard lock(impl_->mutex);
  std::size_t total = 0;
  while (const std::size_t deleted = impl_->collectOnce()) total += deleted;
  return total;
}

}  // namespace windlass::kube
