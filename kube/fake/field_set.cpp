#include "kube/fake/field_set.h"

#include <algorithm>
#include <map>
#include <optional>

namespace windlass::kube::fake {
namespace {

const std::map<std::string, std::vector<std::vector<std::string>>>& mergeKeys() {
  // k8s.io/api: the +listMapKey markers. A field name with several meanings has several candidates, first match wins.
  static const std::map<std::string, std::vector<std::vector<std::string>>> keys{
      {"containers", {{"name"}}},
      {"initContainers", {{"name"}}},
      {"ephemeralContainers", {{"name"}}},
      {"env", {{"name"}}},
      {"volumes", {{"name"}}},
      {"volumeMounts", {{"mountPath"}}},
      {"volumeDevices", {{"devicePath"}}},
      {"imagePullSecrets", {{"name"}}},
      {"hostAliases", {{"ip"}}},
      {"topologySpreadConstraints", {{"topologyKey", "whenUnsatisfiable"}}},
      {"ports", {{"containerPort", "protocol"}, {"port", "protocol"}}},
      {"conditions", {{"type"}}},
      {"ownerReferences", {{"uid"}}},
      {"secrets", {{"name"}}}};
  return keys;
}

bool isSet(const std::string& field) {
  return field == "finalizers";
}

bool hasKeys(const Json& list, const std::vector<std::string>& keys) {
  return !list.empty() && std::all_of(list.begin(), list.end(), [&](const Json& item) {
    return item.is_object() && item.contains(keys.front());
  });
}

Json* findItem(Json& list, const Json& key, const std::vector<std::string>& keys) {
  for (Json& item : list)
    if (item.is_object() && itemKey(item, keys) == key) return &item;
  return nullptr;
}

Json fieldsOfValue(const std::string& field, const Json& value);

Json fieldsOfMap(const Json& map) {
  Json fields = Json::object();
  for (const auto& [name, value] : map.items()) fields["f:" + name] = fieldsOfValue(name, value);
  return fields;
}

Json fieldsOfValue(const std::string& field, const Json& value) {
  if (value.is_object()) return fieldsOfMap(value);
  if (!value.is_array()) return Json::object();
  Json fields = Json::object();
  if (isSet(field)) {
    for (const Json& item : value) fields["v:" + item.dump()] = Json::object();
    return fields;
  }
  const auto keys = listKeys(field, value);
  if (keys.empty()) return fields;
  for (const Json& item : value) {
    Json itemFields = fieldsOfMap(item);
    itemFields["."] = Json::object();
    fields["k:" + itemKey(item, keys).dump()] = std::move(itemFields);
  }
  return fields;
}

std::optional<Json> changedValue(const std::string& field, const Json& before, const Json& after);

Json changedMap(const Json& before, const Json& after) {
  Json fields = Json::object();
  for (const auto& [name, value] : after.items()) {
    const auto old = before.find(name);
    if (old == before.end())
      fields["f:" + name] = fieldsOfValue(name, value);
    else if (auto changed = changedValue(name, *old, value))
      fields["f:" + name] = std::move(*changed);
  }
  return fields;
}

Json changedItems(const Json& before, const Json& after, const std::vector<std::string>& keys) {
  Json fields = Json::object();
  Json old = before;
  for (const Json& item : after) {
    const Json key = itemKey(item, keys);
    const Json* previous = findItem(old, key, keys);
    if (previous && *previous == item) continue;
    Json changed = previous ? changedMap(*previous, item) : fieldsOfMap(item);
    if (!previous) changed["."] = Json::object();
    if (!changed.empty()) fields["k:" + key.dump()] = std::move(changed);
  }
  return fields;
}

std::optional<Json> changedValue(const std::string& field, const Json& before, const Json& after) {
  if (before == after) return std::nullopt;
  Json fields = Json::object();
  if (before.is_object() && after.is_object()) {
    fields = changedMap(before, after);
  } else if (before.is_array() && after.is_array() && isSet(field)) {
    fields = subtract(fieldsOfValue(field, after), fieldsOfValue(field, before));
  } else if (before.is_array() && after.is_array() && !listKeys(field, after).empty()) {
    fields = changedItems(before, after, listKeys(field, after));
  } else {
    return fieldsOfValue(field, after);
  }
  if (fields.empty()) return std::nullopt;  // only removals
  return fields;
}

Json mergeValue(const std::string& field, const Json& live, const Json& applied);

Json mergeMap(const Json& live, const Json& applied) {
  Json merged = live;
  for (const auto& [name, value] : applied.items()) {
    const auto old = live.find(name);
    merged[name] = old == live.end() ? value : mergeValue(name, *old, value);
  }
  return merged;
}

Json mergeValue(const std::string& field, const Json& live, const Json& applied) {
  if (live.is_object() && applied.is_object()) return mergeMap(live, applied);
  if (!live.is_array() || !applied.is_array()) return applied;
  const auto keys = listKeys(field, applied);
  if (!isSet(field) && keys.empty()) return applied;
  Json merged = live;
  for (const Json& item : applied) {
    if (isSet(field)) {
      if (std::find(merged.begin(), merged.end(), item) == merged.end()) merged.push_back(item);
    } else if (Json* old = findItem(merged, itemKey(item, keys), keys)) {
      *old = mergeMap(*old, item);
    } else {
      merged.push_back(item);
    }
  }
  return merged;
}

const Json& childOf(const Json& fields, const std::string& name) {
  static const Json none = Json::object();
  const auto it = fields.find(name);
  return it == fields.end() ? none : *it;
}

// Returns true when `value` itself should go.
bool removeFrom(Json& value, const Json& owned, const Json& others);

void removeItem(Json& list, const std::string& name, const Json& owned, const Json& others) {
  const Json key = Json::parse(name.substr(2), nullptr, false);
  for (auto item = list.begin(); item != list.end(); ++item) {
    const bool isIt = name.starts_with("v:") ? *item == key : item->is_object() && [&] {
      for (const auto& [field, wanted] : key.items())
        if (item->value(field, field == "protocol" ? Json("TCP") : Json()) != wanted) return false;
      return true;
    }();
    if (!isIt) continue;
    if (!others.contains(name)) {
      list.erase(item);
    } else if (item->is_object()) {
      removeFrom(*item, subtract(owned, Json{{".", Json::object()}}), childOf(others, name));
    }
    return;
  }
}

bool removeFrom(Json& value, const Json& owned, const Json& others) {
  if (owned.empty()) return true;
  for (const auto& [name, children] : owned.items()) {
    if (name.starts_with("f:") && value.is_object()) {
      const auto field = value.find(name.substr(2));
      if (field == value.end()) continue;
      if (children.empty() ? !others.contains(name) : removeFrom(*field, children, childOf(others, name)))
        value.erase(field);
    } else if (name != "." && value.is_array()) {
      removeItem(value, name, children, others);
    }
  }
  return (value.is_object() || value.is_array()) && value.empty() && others.empty();
}

void collectPaths(const Json& fields, const std::string& prefix, std::vector<std::string>& out) {
  for (const auto& [name, children] : fields.items()) {
    if (name == ".") continue;
    const std::string path =
        name.starts_with("f:") ? prefix + "." + name.substr(2) : prefix + "[" + name.substr(2) + "]";
    if (children.empty())
      out.push_back(path);
    else
      collectPaths(children, path, out);
  }
}

}  // namespace

std::vector<std::string> listKeys(const std::string& field, const Json& list) {
  const auto known = mergeKeys().find(field);
  if (known == mergeKeys().end()) return {};
  for (const auto& keys : known->second)
    if (hasKeys(list, keys)) return keys;
  return {};
}

Json itemKey(const Json& item, const std::vector<std::string>& keys) {
  Json key = Json::object();
  for (const std::string& name : keys) {
    const auto value = item.find(name);
    key[name] = value != item.end() ? *value : name == "protocol" ? Json("TCP") : Json();
  }
  return key;
}

Json fieldsOf(const Json& object) {
  return fieldsOfMap(object);
}
Json changedFields(const Json& before, const Json& after) {
  return changedMap(before, after);
}
Json mergeApplied(const Json& live, const Json& applied) {
  return mergeMap(live, applied);
}

Json removeFields(const Json& live, const Json& owned, const Json& ownedByOthers) {
  Json result = live;
  if (!owned.empty()) removeFrom(result, owned, ownedByOthers);
  return result;
}

Json unite(const Json& a, const Json& b) {
  Json result = a;
  for (const auto& [name, children] : b.items())
    result[name] = result.contains(name) ? unite(result[name], children) : children;
  return result;
}

Json subtract(const Json& a, const Json& b) {
  Json result = Json::object();
  for (const auto& [name, children] : a.items()) {
    const auto other = b.find(name);
    if (other == b.end()) {
      result[name] = children;
    } else if (!children.empty()) {
      Json rest = subtract(children, *other);
      if (!rest.empty()) result[name] = std::move(rest);
    }
  }
  return result;
}

Json intersect(const Json& a, const Json& b) {
  Json result = Json::object();
  for (const auto& [name, children] : a.items()) {
    const auto other = b.find(name);
    if (other == b.end()) continue;
    if (children.empty()) {
      result[name] = Json::object();
    } else {
      Json both = intersect(children, *other);
      if (!both.empty()) result[name] = std::move(both);
    }
  }
  return result;
}

std::vector<std::string> pathsOf(const Json& fields) {
  std::vector<std::string> out;
  collectPaths(fields, "", out);
  return out;
}

}  // namespace windlass::kube::fake
