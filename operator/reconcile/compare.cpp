#include "operator/reconcile/compare.h"

#include <algorithm>

#include "kube/object/quantity.h"

namespace windlass::ops {
namespace {

using kube::Json;

bool isZero(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_object())
    return std::all_of(value.begin(), value.end(), [](const Json& child) { return isZero(child); });
  if (value.is_array() || value.is_string()) return value.empty() || (value.is_string() && value == "");
  if (value.is_boolean()) return !value.get<bool>();
  return value.is_number() && value == 0;
}

bool allNamed(const Json& list) {
  return !list.empty() && std::all_of(list.begin(), list.end(),
                                      [](const Json& entry) { return entry.is_object() && entry.contains("name"); });
}

bool isQuantityPath(const std::string& path) {
  return path.find("/resources/") != std::string::npos || path.find("/sizeLimit") != std::string::npos ||
         path.find("/hard/") != std::string::npos;
}

bool sameQuantity(const Json& a, const Json& b) {
  if (!a.is_string() || !b.is_string()) return false;
  const auto left = kube::Quantity::parse(a.get_ref<const std::string&>());
  const auto right = kube::Quantity::parse(b.get_ref<const std::string&>());
  return left && right && *left == *right;
}

std::optional<std::string> difference(const Json& desired, const Json& live, const std::string& path);

std::optional<std::string> objectDifference(const Json& desired, const Json& live, const std::string& path) {
  for (const auto& [key, value] : desired.items()) {
    const std::string below = path + "/" + key;
    const auto there = live.find(key);
    if (there == live.end()) {
      if (!isZero(value)) return below;
    } else if (auto found = difference(value, *there, below)) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> namedDifference(const Json& desired, const Json& live, const std::string& path) {
  for (const Json& entry : desired) {
    const std::string below = path + "/" + (entry["name"].is_string() ? entry["name"].get<std::string>() : "?");
    const auto there = std::find_if(live.begin(), live.end(), [&entry](const Json& other) {
      return other.is_object() && other.contains("name") && other["name"] == entry["name"];
    });
    if (there == live.end()) return below;
    if (auto found = difference(entry, *there, below)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> listDifference(const Json& desired, const Json& live, const std::string& path) {
  if (allNamed(desired)) return namedDifference(desired, live, path);
  if (desired.size() != live.size()) return path;
  for (std::size_t i = 0; i < desired.size(); ++i) {
    if (auto found = difference(desired[i], live[i], path + "/" + std::to_string(i))) return found;
  }
  return std::nullopt;
}

std::optional<std::string> difference(const Json& desired, const Json& live, const std::string& path) {
  if (desired.is_object() && live.is_object()) return objectDifference(desired, live, path);
  if (desired.is_array() && live.is_array()) return listDifference(desired, live, path);
  if (desired == live || (isZero(desired) && isZero(live))) return std::nullopt;
  if (isQuantityPath(path) && sameQuantity(desired, live)) return std::nullopt;
  return path;
}

}  // namespace

std::optional<std::string> firstDifference(const Json& desired, const Json& live) {
  return difference(desired, live, "");
}

}  // namespace windlass::ops
