#include "kube/fake/fake_patch.h"

#include <algorithm>
#include <set>

#include "kube/fake/field_set.h"
#include "kube/object/patch.h"

namespace windlass::kube::fake {
namespace {

std::string base64(const std::string& in) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < in.size(); i += 3) {
    unsigned block = 0;
    for (std::size_t j = 0; j < 3; ++j)
      block = block << 8 | (i + j < in.size() ? static_cast<unsigned char>(in[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) out += i + j > in.size() ? '=' : kAlphabet[block >> (18 - 6 * j) & 63U];
  }
  return out;
}

Json strategic(const std::string& field, const Json& live, const Json& patch);

Json strategicMap(const Json& live, const Json& patch) {
  Json result = live;
  for (const auto& [name, value] : patch.items()) {
    if (name.starts_with("$")) continue;
    if (value.is_null())
      result.erase(name);
    else
      result[name] = strategic(name, live.contains(name) ? live.at(name) : Json(), value);
  }
  return result;
}

Json strategicList(const Json& live, const Json& patch, const std::vector<std::string>& keys) {
  Json result = live;
  for (const Json& item : patch) {
    const Json key = itemKey(item, keys);
    const auto isIt = [&](const Json& other) { return other.is_object() && itemKey(other, keys) == key; };
    const auto old = std::find_if(result.begin(), result.end(), isIt);
    if (item.value("$patch", "") == "delete") {
      if (old != result.end()) result.erase(old);
    } else if (old != result.end()) {
      *old = strategicMap(*old, item);
    } else {
      result.push_back(strategicMap(Json::object(), item));  // nulls and directives are no content
    }
  }
  return result;
}

Json strategic(const std::string& field, const Json& live, const Json& patch) {
  if (patch.is_object()) return strategicMap(live.is_object() ? live : Json::object(), patch);
  const auto keys = patch.is_array() ? listKeys(field, patch) : std::vector<std::string>{};
  if (keys.empty()) return patch;
  return strategicList(live.is_array() ? live : Json::array(), patch, keys);
}

}  // namespace

Result<Json> patched(const Json& object, PatchType type, const Json& body) {
  if (type == PatchType::Json) {
    auto result = applyJsonPatch(object, body);
    if (!result) return wrap("the server rejected our request due to an error in our request", result.error());
    return result;
  }
  try {
    if (!body.is_object()) return fail(ErrorKind::BadRequest, "the patch is not a JSON object");
    if (type == PatchType::StrategicMerge) return strategicMap(object, body);
    Json result = object;
    result.merge_patch(body);
    return result;
  } catch (const Json::exception& e) {
    return fail(ErrorKind::Invalid,
                std::string("the server rejected our request due to an error in our request: ") + e.what());
  }
}

void encodeStringData(Json& object) {
  if (object.value("kind", "") != "Secret" || !object.contains("stringData")) return;
  for (const auto& [name, value] : object["stringData"].items())
    if (value.is_string()) object["data"][name] = base64(value.get<std::string>());
  object.erase("stringData");
}

bool hasStatus(const ResourceKind& kind) {
  static const std::set<std::string> without{
      "secrets",         "configmaps",          "leases",          "events",
      "serviceaccounts", "endpoints",           "roles",           "rolebindings",
      "clusterroles",    "clusterrolebindings", "endpointslices",  "storageclasses",
      "limitranges",     "controllerrevisions", "priorityclasses", "runtimeclasses"};
  return !without.contains(kind.plural);
}

bool specDiffers(const Json& a, const Json& b) {
  Json left = a;
  Json right = b;
  for (Json* side : {&left, &right}) {
    side->erase("metadata");
    side->erase("status");
  }
  return left != right;
}

}  // namespace windlass::kube::fake
