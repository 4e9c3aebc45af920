#include "kube/runtime/object_informer.h"

#include <exception>

#include "kube/object/meta.h"
#include "kube/runtime/log.h"

namespace windlass::kube {

ObjectInformer::ObjectInformer(Client& client, ResourceKind kind, InformerOptions options, Clock& clock,
                               ReflectorOptions reflection)
    : kind_(std::move(kind)),
      options_(std::move(options)),
      clock_(clock),
      lastResync_(clock.now()),
      reflector_(
          client, kind_, reflectorOptions(options_, std::move(reflection)),
          [this](ReflectorEffect&& effect) { take(std::move(effect)); },
          options_.resync.count() > 0 ? Reflector::Tick([this] { resyncWhenDue(); }) : nullptr, clock) {}

ObjectInformer::~ObjectInformer() {
  stop();
}

ReflectorOptions ObjectInformer::reflectorOptions(const InformerOptions& options, ReflectorOptions base) {
  base.ns = options.ns;
  base.labelSelector = options.labelSelector;
  base.fieldSelector = options.fieldSelector;
  base.metadataOnly = options.metadataOnly;
  return base;
}

void ObjectInformer::addHandler(InformerHandler handler) {
  const std::lock_guard lock(dispatchMutex_);
  InformerEvent event;
  event.isInInitialList = true;
  for (const ObjectPtr& object : store_.list()) {
    event.object = object;
    handler(event);
  }
  handlers_.push_back(std::move(handler));
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
  if (auto* all = std::get_if<ReplaceAll>(&effect)) replaceAll(std::move(all->objects));
  if (auto* changed = std::get_if<Upsert>(&effect)) upsert(std::move(changed->object));
  if (const auto* gone = std::get_if<Remove>(&effect)) remove(gone->object);
}

void ObjectInformer::replaceAll(std::vector<Json> objects) {
  std::vector<std::pair<ObjectKey, ObjectPtr>> projected;
  projected.reserve(objects.size());
  for (Json& object : objects) {
    const ObjectKey key = keyOf(object);
    if (!key.name.empty()) projected.emplace_back(key, project(std::move(object)));
  }
  objects = {};
  {
    const std::lock_guard lock(dispatchMutex_);
    for (const ObjectStore::Change& change : store_.replace(std::move(projected))) dispatchChange(change, !synced_);
  }
  if (!synced_.exchange(true) && onSynced_) onSynced_();
}

void ObjectInformer::upsert(Json object) {
  const ObjectKey key = keyOf(object);
  const ObjectPtr after = project(std::move(object));
  const std::lock_guard lock(dispatchMutex_);
  dispatchChange({store_.put(key, after), after}, false);
}

void ObjectInformer::remove(const Json& object) {
  const ObjectPtr last = project(object);
  const std::lock_guard lock(dispatchMutex_);
  if (!store_.erase(keyOf(object))) return;  // never seen: nobody has to be told
  InformerEvent event;
  event.type = InformerEvent::Type::Delete;
  event.object = last;
  dispatch(event);
}

void ObjectInformer::dispatchChange(const ObjectStore::Change& change, bool initial) {
  InformerEvent event;
  event.object = change.after ? change.after : change.before;
  if (!change.after) {
    event.type = InformerEvent::Type::Delete;
    event.finalStateUnknown = true;
  } else if (change.before) {
    event.type = InformerEvent::Type::Update;
    event.old = change.before;
    event.isResync = resourceVersionOf(*change.before) == resourceVersionOf(*change.after);
    // Nothing new: only for those who asked for resyncs (shared_informer.go, distribute()).
    if (event.isResync && options_.resync.count() == 0) return;
  } else {
    event.isInInitialList = initial;
  }
  dispatch(event);
}

void ObjectInformer::dispatch(const InformerEvent& event) {
  for (const InformerHandler& handler : handlers_) {
    try {
      handler(event);
    } catch (const std::exception& e) {
      logError("informer: a handler threw",
               {{"resource", kind_.plural}, {"object", keyOf(*event.object).toString()}, {"error", e.what()}});
    }
  }
}

void ObjectInformer::resyncWhenDue() {
  if (!synced_ || clock_.now() - lastResync_ < options_.resync) return;
  lastResync_ = clock_.now();
  const std::lock_guard lock(dispatchMutex_);
  for (const ObjectPtr& object : store_.list()) dispatchChange({object, object}, false);
}

}  // namespace windlass::kube
