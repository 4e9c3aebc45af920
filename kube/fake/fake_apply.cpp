#include "kube/fake/fake_apply.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kube/fake/fake_patch.h"
#include "kube/fake/field_set.h"
#include "kube/object/meta.h"

namespace windlass::kube::fake {
namespace {

constexpr auto kUpdateManager = "client";

// The part of an object that managers can own.
Json ownable(const Json& object, bool status, bool kindHasStatus) {
  Json result = Json::object();
  if (!object.is_object()) return result;
  for (const auto& [name, value] : object.items()) {
    if (name == "apiVersion" || name == "kind" || name == "metadata") continue;
    if (kindHasStatus && (name == "status") != status) continue;
    result[name] = value;
  }
  if (status) return result;
  Json metadata = Json::object();
  for (const char* name : {"labels", "annotations", "finalizers", "ownerReferences"})
    if (const Json* value = find(object, std::string("/metadata/") + name)) metadata[name] = *value;
  if (!metadata.empty()) result["metadata"] = std::move(metadata);
  return result;
}

void dropNulls(Json& value) {
  if (value.is_object()) {
    for (auto it = value.begin(); it != value.end();) it = it->is_null() ? value.erase(it) : std::next(it);
  }
  if (value.is_structured())
    for (Json& child : value) dropNulls(child);
}

Json managedFieldsOf(const Json& object) {
  const Json* entries = object.is_object() ? find(object, "/metadata/managedFields") : nullptr;
  return entries && entries->is_array() ? *entries : Json::array();
}

bool isEntry(const Json& entry, const std::string& manager, const char* operation, const std::string& part) {
  return entry.value("manager", "") == manager && entry.value("operation", "") == operation &&
         entry.value("subresource", "") == part;
}

Json newEntry(const std::string& manager, const char* operation, const std::string& part, const Json& object,
              Json fields) {
  Json entry{{"manager", manager},
             {"operation", operation},
             {"fieldsType", "FieldsV1"},
             {"fieldsV1", std::move(fields)},
             {"apiVersion", object.value("apiVersion", "v1")}};
  if (!part.empty()) entry["subresource"] = part;
  return entry;
}

void setManagedFields(Json& object, const Json& entries) {
  Json kept = Json::array();
  for (const Json& entry : entries)
    if (!entry.at("fieldsV1").empty()) kept.push_back(entry);
  if (kept.empty())
    object["metadata"].erase("managedFields");
  else
    object["metadata"]["managedFields"] = std::move(kept);
}

Error conflict(const Json& live, const std::string& manager, const std::vector<std::string>& paths) {
  return Error{ErrorKind::Conflict,
               fmt::format("Apply failed with {} conflict(s): conflicts with \"{}\" in {}: {}", paths.size(), manager,
                           nameOf(live), fmt::join(paths, ", ")),
               409, std::nullopt, nullptr};
}

}  // namespace

Result<Json> applied(const ResourceKind& kind, const Json& live, const Json& applied, const ApplyOptions& options,
                     const std::string& part) {
  const bool status = part == "status";
  Json wanted = ownable(applied, status, hasStatus(kind));
  dropNulls(wanted);
  const Json base = live.is_object() ? live : newObject(kind, keyOf(applied));
  const Json before = ownable(base, status, hasStatus(kind));
  Json after = mergeApplied(before, wanted);
  const Json owned = fieldsOf(wanted);
  const Json changed = changedFields(before, after);

  Json entries = managedFieldsOf(base);
  Json othersOwn = Json::object();
  Json ownedBefore = Json::object();
  Json mine = newEntry(options.fieldManager, "Apply", part, applied, owned);
  bool known = false;
  for (Json& entry : entries) {
    if (isEntry(entry, options.fieldManager, "Apply", part)) {
      ownedBefore = entry.at("fieldsV1");
      entry = mine;
      known = true;
      continue;
    }
    const Json taken = intersect(entry.at("fieldsV1"), changed);
    if (!taken.empty() && !options.force) return fail(conflict(base, entry.value("manager", ""), pathsOf(taken)));
    if (!taken.empty()) entry["fieldsV1"] = subtract(entry["fieldsV1"], taken);
    othersOwn = unite(othersOwn, entry["fieldsV1"]);
  }
  if (!known) entries.push_back(std::move(mine));
  after = removeFields(after, subtract(ownedBefore, owned), othersOwn);

  Json result = base;
  for (const auto& [name, value] : before.items())
    if (name != "metadata") result.erase(name);
  for (const auto& [name, value] : after.items())
    if (name != "metadata") result[name] = value;
  if (!status) {
    for (const char* name : {"labels", "annotations", "finalizers", "ownerReferences"}) {
      result["metadata"].erase(name);
      if (const Json* value = find(after, std::string("/metadata/") + name)) result["metadata"][name] = *value;
    }
  }
  setManagedFields(result, entries);
  return result;
}

void recordUpdate(const Json& before, Json& after, const std::string& part) {
  const auto everything = [](const Json& object) {
    return unite(fieldsOf(ownable(object, false, true)), fieldsOf(ownable(object, true, true)));
  };
  const auto ownableAll = [](const Json& object) {
    Json all = ownable(object, false, true);
    all.update(ownable(object, true, true));
    return all;
  };
  const Json changed = changedFields(ownableAll(before), ownableAll(after));
  const Json present = everything(after);
  Json entries = managedFieldsOf(before);
  Json own = Json::object();
  for (Json& entry : entries) {
    entry["fieldsV1"] = intersect(subtract(entry["fieldsV1"], changed), present);
    if (isEntry(entry, kUpdateManager, "Update", part)) own = entry["fieldsV1"];
  }
  std::erase_if(entries.get_ref<Json::array_t&>(),
                [&](const Json& entry) { return isEntry(entry, kUpdateManager, "Update", part); });
  entries.push_back(newEntry(kUpdateManager, "Update", part, after, unite(own, changed)));
  setManagedFields(after, entries);
}

}  // namespace windlass::kube::fake
