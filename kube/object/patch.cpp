#include "kube/object/patch.h"

#include <string>

namespace windlass::kube {

Result<Json> applyJsonPatch(const Json& document, const Json& patch) {
  try {
    return document.patch(patch);
  } catch (const Json::parse_error& e) {
    return fail(ErrorKind::BadRequest, std::string("not a JSON patch: ") + e.what());
  } catch (const Json::exception& e) {
    return fail(ErrorKind::Invalid, std::string("the JSON patch does not apply: ") + e.what());
  }
}

Json applyMergePatch(Json document, const Json& patch) {
  document.merge_patch(patch);
  return document;
}

Json mergePatchBetween(const Json& from, const Json& to) {
  if (!from.is_object() || !to.is_object()) return to;
  Json patch = Json::object();
  for (const auto& [key, value] : from.items())
    if (!to.contains(key)) patch[key] = nullptr;
  for (const auto& [key, value] : to.items()) {
    const auto old = from.find(key);
    if (old == from.end())
      patch[key] = value;
    else if (*old != value)
      patch[key] = mergePatchBetween(*old, value);
  }
  return patch;
}

Json cleanForApply(Json object, bool keepStatus) {
  if (!object.is_object()) return object;
  if (!keepStatus) object.erase("status");
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return object;
  for (const char* field : {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"})
    metadata->erase(field);
  return object;
}

}  // namespace windlass::kube
