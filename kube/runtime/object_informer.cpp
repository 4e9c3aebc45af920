#include "kube/runtime/object_informer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "kube/object/meta.h"
#include "kube/runtime/log.h"

namespace windlass::kube {

ObjectInformer::ObjectInformer(Client& client, ResourceKind kind, InformerOptions options, Clock& clock,
                               ReflectorOptions reflection)
    : kind_(std::move(kind)),
      options_(std::move(options)),
      clock_(clock),
      reflector_(
          client, kind_, reflectorOptions(options_, std::move(reflection)),
          [this](ReflectorEffect&& effect) { take(std::move(effect)); }, [this] { resyncWhenDue(); }, clock) {}

ObjectInformer::~ObjectInformer() {
  stop();
}

ReflectorOptions ObjectInformer::reflectorOptions(const InformerOptions& options, ReflectorOptions base) {
  base.ns = options.ns;
  base.labelSelector = options.labelSelector;
  base.fieldSelector = options.fieldSelector;
  base.metadataOnly = options.metadataOnly;
  base.useWatchList = base.useWatchList || options.streamedList;
  return base;
}

void ObjectInformer::addHandler(InformerHandler handler, std::optional<std::chrono::seconds> resync) {
  const std::lock_guard lock(dispatchMutex_);
  const Handler added{std::move(handler), resync.value_or(options_.resync), clock_.now()};
  InformerEvent event;
  event.isInInitialList = true;
  store_.each([&](const ObjectPtr& object) {
    event.object = object;
    call(added, event);
  });
  if (added.resync.count() > 0) reflector_.tickEachSecond();
  handlers_.push_back(added);
}

ObjectPtr ObjectInformer::get(const ObjectKey& key) const {
  if (const PackedObject mine = ownWrites_.get(key)) return mine.unpack();
  return store_.get(key);
}

void ObjectInformer::written(const Json& object) {
  const auto stored = [this](const ObjectKey& key) { return store_.get(key); };
  if (!options_.metadataOnly && !options_.projection && !find(object, "/metadata/managedFields"))
    return ownWrites_.written(object, stored);
  Json copy = options_.metadataOnly ? Json{{"metadata", object.value("metadata", Json::object())}} : object;
  ownWrites_.written(*project(std::move(copy)), stored);
}

// managedFields are the larger half of many objects and nobody reads them from a cache.
ObjectPtr ObjectInformer::project(Json object) const {
  if (const auto metadata = object.find("metadata"); metadata != object.end() && metadata->is_object())
    metadata->erase("managedFields");
  if (options_.metadataOnly) {
    object["apiVersion"] = kind_.apiVersion();
    object["kind"] = kind_.kind;
  }
  if (options_.projection) options_.projection(object);
  return std::make_shared<const Json>(std::move(object));
}

void ObjectInformer::take(ReflectorEffect&& effect) {
  if (auto* page = std::get_if<Stage>(&effect)) stage(std::move(*page));
  if (const auto* gone = std::get_if<Unstage>(&effect)) staged_.erase(keyOf(gone->object));
  if (std::holds_alternative<ReplaceAll>(effect)) replaceAll();
  if (auto* changed = std::get_if<Upsert>(&effect)) upsert(std::move(changed->object));
  if (const auto* gone = std::get_if<Remove>(&effect)) remove(gone->object);
}

// An object that did not change is not held twice while a list replaces another.
PackedObject ObjectInformer::knownOrPacked(const ObjectKey& key, Json object) const {
  const std::string version = resourceVersionOf(object);
  const PackedObject known = version.empty() ? PackedObject() : store_.packed(key);
  if (known) {
    const ObjectPtr held = known.unpack();
    if (resourceVersionOf(*held) == version && uidOf(*held) == uidOf(object)) return known;
  }
  return PackedObject(*project(std::move(object)));
}

void ObjectInformer::stage(Stage&& page) {
  if (page.first) staged_.clear();
  for (Json& object : page.objects) {
    const ObjectKey key = keyOf(object);
    if (!key.name.empty()) staged_[key] = knownOrPacked(key, std::exchange(object, Json()));
  }
}

void ObjectInformer::replaceAll() {
  {
    const std::lock_guard lock(dispatchMutex_);
    const auto changes = store_.replace(std::exchange(staged_, {}));
    ownWrites_.clear();
    for (const ObjectStore::Change& change : changes)
      if (isNews(change)) dispatchChange(change.before.unpack(), change.after.unpack(), !synced_);
  }
  if (!synced_.exchange(true) && onSynced_) onSynced_();
}

// Whether somebody is to be told, without unpacking anything.
bool ObjectInformer::isNews(const ObjectStore::Change& change) const {
  const auto wantsResyncs = [](const Handler& handler) { return handler.resync.count() > 0; };
  if (change.before && change.before == change.after)
    return std::any_of(handlers_.begin(), handlers_.end(), wantsResyncs);
  return !handlers_.empty();
}

void ObjectInformer::upsert(Json object) {
  const ObjectKey key = keyOf(object);
  const ObjectPtr after = project(std::move(object));
  const std::lock_guard lock(dispatchMutex_);
  const PackedObject before = store_.put(key, *after);
  ownWrites_.seen(*after);
  if (!handlers_.empty()) dispatchChange(before.unpack(), after, false);
}

void ObjectInformer::remove(const Json& object) {
  const ObjectPtr last = project(object);
  const std::lock_guard lock(dispatchMutex_);
  const ObjectKey key = keyOf(object);
  const bool wasThere = static_cast<bool>(store_.erase(key));
  ownWrites_.gone(key);
  if (!wasThere) return;  // never seen: nobody has to be told
  InformerEvent event;
  event.type = InformerEvent::Type::Delete;
  event.object = last;
  dispatch(event);
}

void ObjectInformer::dispatchChange(const ObjectPtr& before, const ObjectPtr& after, bool initial) {
  InformerEvent event;
  event.object = after ? after : before;
  if (!after) {
    event.type = InformerEvent::Type::Delete;
    event.finalStateUnknown = true;
  } else if (before) {
    event.type = InformerEvent::Type::Update;
    event.old = before;
    event.isResync = resourceVersionOf(*before) == resourceVersionOf(*after);
  } else {
    event.isInInitialList = initial;
  }
  dispatch(event);
}

// Nothing new: only for those who asked for resyncs (shared_informer.go, distribute()).
void ObjectInformer::dispatch(const InformerEvent& event) {
  for (const Handler& handler : handlers_)
    if (!event.isResync || handler.resync.count() > 0) call(handler, event);
}

void ObjectInformer::call(const Handler& handler, const InformerEvent& event) {
  try {
    handler.call(event);
  } catch (const std::exception& e) {
    logError("informer: a handler threw", {{"object", keyOf(*event.object).toString()}, {"error", e.what()}});
  }
}

void ObjectInformer::resyncWhenDue() {
  if (!synced_) return;
  const std::lock_guard lock(dispatchMutex_);
  for (Handler& handler : handlers_) {
    if (handler.resync.count() == 0 || clock_.now() - handler.lastResync < handler.resync) continue;
    handler.lastResync = clock_.now();
    InformerEvent event;
    event.type = InformerEvent::Type::Update;
    event.isResync = true;
    store_.each([&](const ObjectPtr& object) {
      event.object = event.old = object;
      call(handler, event);
    });
  }
}

}  // namespace windlass::kube
