#include "kube/runtime/store.h"

#include <mutex>
#include <utility>

namespace windlass::kube {

namespace {

std::vector<ObjectPtr> unpackAll(const std::vector<PackedObject>& packed) {
  std::vector<ObjectPtr> objects;
  objects.reserve(packed.size());
  for (const PackedObject& object : packed) objects.push_back(object.unpack());
  return objects;
}

}  // namespace

void ObjectStore::addIndex(const std::string& index, IndexFunction function) {
  const std::unique_lock lock(mutex_);
  Index& added = indices_[index];
  added = Index{std::move(function), {}};
  for (const auto& [key, object] : objects_)
    for (const std::string& value : added.function(*object.unpack())) added.keys[value].insert(key);
}

PackedObject ObjectStore::packed(const ObjectKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto it = objects_.find(key);
  return it == objects_.end() ? PackedObject() : it->second;
}

ObjectPtr ObjectStore::get(const ObjectKey& key) const {
  return packed(key).unpack();
}

std::vector<PackedObject> ObjectStore::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<PackedObject> packed;
  packed.reserve(objects_.size());
  for (const auto& [key, object] : objects_) packed.push_back(object);
  return packed;
}

void ObjectStore::each(const std::function<void(const ObjectPtr&)>& visit) const {
  for (const PackedObject& object : all()) visit(object.unpack());
}

std::vector<ObjectPtr> ObjectStore::list() const {
  return unpackAll(all());
}

std::vector<ObjectPtr> ObjectStore::listNamespace(const std::string& ns) const {
  std::vector<PackedObject> found;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [key, object] : objects_)
      if (key.ns == ns) found.push_back(object);
  }
  return unpackAll(found);
}

std::vector<ObjectPtr> ObjectStore::byIndex(const std::string& index, const std::string& value) const {
  std::vector<PackedObject> found;
  {
    const std::shared_lock lock(mutex_);
    const auto known = indices_.find(index);
    if (known == indices_.end()) return {};
    if (const auto keys = known->second.keys.find(value); keys != known->second.keys.end())
      for (const ObjectKey& key : keys->second) found.push_back(objects_.at(key));
  }
  return unpackAll(found);
}

std::size_t ObjectStore::size() const {
  const std::shared_lock lock(mutex_);
  return objects_.size();
}

void ObjectStore::link(const ObjectKey& key, const Json& object) {
  for (auto& [name, index] : indices_)
    for (const std::string& value : index.function(object)) index.keys[value].insert(key);
}

void ObjectStore::unlink(const ObjectKey& key, const Json& object) {
  for (auto& [name, index] : indices_) {
    for (const std::string& value : index.function(object)) {
      const auto keys = index.keys.find(value);
      if (keys == index.keys.end()) continue;
      keys->second.erase(key);
      if (keys->second.empty()) index.keys.erase(keys);
    }
  }
}

void ObjectStore::linkPacked(const ObjectKey& key, const PackedObject& object) {
  if (!indices_.empty()) link(key, *object.unpack());
}

void ObjectStore::unlinkPacked(const ObjectKey& key, const PackedObject& object) {
  if (!indices_.empty() && object) unlink(key, *object.unpack());
}

PackedObject ObjectStore::put(const ObjectKey& key, const Json& object) {
  PackedObject packed(object);
  const std::unique_lock lock(mutex_);
  PackedObject& slot = objects_[key];
  unlinkPacked(key, slot);
  link(key, object);
  return std::exchange(slot, std::move(packed));
}

PackedObject ObjectStore::erase(const ObjectKey& key) {
  const std::unique_lock lock(mutex_);
  const auto it = objects_.find(key);
  if (it == objects_.end()) return {};
  PackedObject before = std::move(it->second);
  unlinkPacked(key, before);
  objects_.erase(it);
  return before;
}

std::vector<ObjectStore::Change> ObjectStore::replace(Objects objects) {
  const std::unique_lock lock(mutex_);
  std::vector<Change> changes;
  changes.reserve(objects.size());
  auto before = std::exchange(objects_, {});
  for (auto& [name, index] : indices_) index.keys.clear();
  objects_.reserve(objects.size());
  while (!objects.empty()) {
    // Node by node, so that the names are not held twice.
    auto node = objects.extract(objects.begin());
    const auto old = before.find(node.key());
    changes.push_back(Change{old == before.end() ? PackedObject() : old->second, node.mapped()});
    linkPacked(node.key(), node.mapped());
    objects_.emplace(std::move(node.key()), std::move(node.mapped()));
  }
  for (auto& [key, object] : before)
    if (!objects_.contains(key)) changes.push_back(Change{std::move(object), {}});
  return changes;
}

}  // namespace windlass::kube
