#include "kube/runtime/store.h"

#include <mutex>

namespace windlass::kube {

void ObjectStore::addIndex(const std::string& index, IndexFunction function) {
  const std::unique_lock lock(mutex_);
  Index& added = indices_[index];
  added = Index{std::move(function), {}};
  for (const auto& [key, object] : objects_)
    for (const std::string& value : added.function(*object)) added.keys[value].insert(key);
}

ObjectPtr ObjectStore::get(const ObjectKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto it = objects_.find(key);
  return it == objects_.end() ? nullptr : it->second;
}

std::vector<ObjectPtr> ObjectStore::list() const {
  const std::shared_lock lock(mutex_);
  std::vector<ObjectPtr> all;
  all.reserve(objects_.size());
  for (const auto& [key, object] : objects_) all.push_back(object);
  return all;
}

std::vector<ObjectPtr> ObjectStore::listNamespace(const std::string& ns) const {
  const std::shared_lock lock(mutex_);
  std::vector<ObjectPtr> found;
  for (const auto& [key, object] : objects_)
    if (key.ns == ns) found.push_back(object);
  return found;
}

std::vector<ObjectPtr> ObjectStore::byIndex(const std::string& index, const std::string& value) const {
  const std::shared_lock lock(mutex_);
  const auto known = indices_.find(index);
  if (known == indices_.end()) return {};
  const auto keys = known->second.keys.find(value);
  return keys == known->second.keys.end() ? std::vector<ObjectPtr>{} : resolve(keys->second);
}

std::vector<ObjectPtr> ObjectStore::resolve(const Keys& keys) const {
  std::vector<ObjectPtr> found;
  found.reserve(keys.size());
  for (const ObjectKey& key : keys) found.push_back(objects_.at(key));
  return found;
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

ObjectPtr ObjectStore::put(const ObjectKey& key, ObjectPtr object) {
  const std::unique_lock lock(mutex_);
  ObjectPtr& slot = objects_[key];
  ObjectPtr before = std::move(slot);
  if (before) unlink(key, *before);
  link(key, *object);
  slot = std::move(object);
  return before;
}

ObjectPtr ObjectStore::erase(const ObjectKey& key) {
  const std::unique_lock lock(mutex_);
  const auto it = objects_.find(key);
  if (it == objects_.end()) return nullptr;
  ObjectPtr before = std::move(it->second);
  unlink(key, *before);
  objects_.erase(it);
  return before;
}

std::vector<ObjectStore::Change> ObjectStore::replace(Objects objects) {
  const std::unique_lock lock(mutex_);
  std::vector<Change> changes;
  changes.reserve(objects.size());
  auto before = std::exchange(objects_, {});
  for (auto& [name, index] : indices_) index.keys.clear();
  for (auto& [key, object] : objects) {
    const auto old = before.find(key);
    changes.push_back(Change{old == before.end() ? nullptr : old->second, object});
    link(key, *object);
    objects_[key] = std::move(object);
  }
  for (auto& [key, object] : before)
    if (!objects_.contains(key)) changes.push_back(Change{std::move(object), nullptr});
  return changes;
}

}  // namespace windlass::kube
