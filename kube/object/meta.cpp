#include "kube/object/meta.h"

#include <algorithm>
#include <charconv>

namespace windlass::kube {
namespace {

// One reference token of a JSON pointer with ~1 and ~0 decoded (RFC 6901).
std::string unescaped(std::string_view token) {
  std::string text;
  text.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    text += escaped ? (token[++i] == '1' ? '/' : '~') : token[i];
  }
  return text;
}

const Json* element(const Json& array, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index >= array.size()) return nullptr;
  return &array[index];
}

const Json* child(const Json& value, std::string_view token) {
  if (value.is_array()) return element(value, token);
  if (!value.is_object()) return nullptr;
  const auto found = value.find(token.find('~') == std::string_view::npos ? std::string(token) : unescaped(token));
  return found == value.end() ? nullptr : &*found;
}

std::string entryOf(const Json& object, std::string_view pointer, std::string_view key) {
  const Json* map = find(object, pointer);
  if (!map || !map->is_object()) return "";
  const auto found = map->find(std::string(key));
  return found != map->end() && found->is_string() ? found->get<std::string>() : "";
}

std::size_t indexOf(const Json& list, std::string_view text) {
  const auto found = std::find_if(list.begin(), list.end(), [text](const Json& item) {
    return item.is_string() && item.get_ref<const std::string&>() == text;
  });
  return static_cast<std::size_t>(found - list.begin());
}

const Json& finalizersOf(const Json& object) {
  static const Json none = Json::array();
  const Json* list = find(object, "/metadata/finalizers");
  return list && list->is_array() ? *list : none;
}

Json versionTest(const Json& object) {
  Json patch = Json::array();
  if (const std::string version = resourceVersionOf(object); !version.empty())
    patch.push_back({{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", version}});
  return patch;
}

}  // namespace

const Json* find(const Json& object, std::string_view pointer) {
  const Json* value = &object;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    value = child(*value, pointer.substr(0, end));
    if (!value) return nullptr;
    pointer.remove_prefix(end);
  }
  return value;
}

const Json& arrayAt(const Json& object, std::string_view pointer) {
  static const Json none = Json::array();
  const Json* array = find(object, pointer);
  return array != nullptr && array->is_array() ? *array : none;
}

std::string stringAt(const Json& object, std::string_view pointer, std::string fallback) {
  const Json* value = find(object, pointer);
  return value && value->is_string() ? value->get<std::string>() : std::move(fallback);
}

std::int64_t intAt(const Json& object, std::string_view pointer, std::int64_t fallback) {
  const Json* value = find(object, pointer);
  return value && value->is_number_integer() ? value->get<std::int64_t>() : fallback;
}

bool boolAt(const Json& object, std::string_view pointer, bool fallback) {
  const Json* value = find(object, pointer);
  return value && value->is_boolean() ? value->get<bool>() : fallback;
}

std::string nameOf(const Json& object) {
  return stringAt(object, "/metadata/name");
}
std::string namespaceOf(const Json& object) {
  return stringAt(object, "/metadata/namespace");
}
std::string uidOf(const Json& object) {
  return stringAt(object, "/metadata/uid");
}
std::string resourceVersionOf(const Json& object) {
  return stringAt(object, "/metadata/resourceVersion");
}
std::int64_t generationOf(const Json& object) {
  return intAt(object, "/metadata/generation");
}
ObjectKey keyOf(const Json& object) {
  return {namespaceOf(object), nameOf(object)};
}
std::string kindOf(const Json& object) {
  return stringAt(object, "/kind");
}

std::string labelOf(const Json& object, std::string_view key) {
  return entryOf(object, "/metadata/labels", key);
}
std::string annotationOf(const Json& object, std::string_view key) {
  return entryOf(object, "/metadata/annotations", key);
}

bool isDeleting(const Json& object) {
  return !stringAt(object, "/metadata/deletionTimestamp").empty();
}

bool hasFinalizer(const Json& object, std::string_view finalizer) {
  const Json& list = finalizersOf(object);
  return indexOf(list, finalizer) < list.size();
}

Json newObject(const ResourceKind& kind, const ObjectKey& key) {
  Json object{{"apiVersion", kind.apiVersion()}, {"kind", kind.kind}, {"metadata", {{"name", key.name}}}};
  if (kind.namespaced && !key.ns.empty()) object["metadata"]["namespace"] = key.ns;
  return object;
}

Json addFinalizerPatch(const Json& object, std::string_view finalizer) {
  if (hasFinalizer(object, finalizer)) return Json::array();
  Json patch = versionTest(object);
  // "/-" needs an existing list; without one the whole list is added.
  const Json* list = find(object, "/metadata/finalizers");
  if (list && list->is_array())
    patch.push_back({{"op", "add"}, {"path", "/metadata/finalizers/-"}, {"value", std::string(finalizer)}});
  else
    patch.push_back(
        {{"op", "add"}, {"path", "/metadata/finalizers"}, {"value", Json::array({std::string(finalizer)})}});
  return patch;
}

Json removeFinalizerPatch(const Json& object, std::string_view finalizer) {
  if (!hasFinalizer(object, finalizer)) return Json::array();
  const std::string path = "/metadata/finalizers/" + std::to_string(indexOf(finalizersOf(object), finalizer));
  Json patch = versionTest(object);
  // The index alone could hit another finalizer when the list has changed.
  patch.push_back({{"op", "test"}, {"path", path}, {"value", std::string(finalizer)}});
  patch.push_back({{"op", "remove"}, {"path", path}});
  return patch;
}

}  // namespace windlass::kube
