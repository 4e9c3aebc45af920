#include "operator/model/settings.h"

#include <algorithm>
#include <set>

#include <openssl/sha.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/model/decode.h"
#include "operator/model/decode_workload.h"
#include "operator/model/labels.h"

namespace windlass::ops {

using kube::Json;

namespace {

constexpr std::size_t kMostServices = 64;
constexpr std::size_t kMostLines = 200;
constexpr std::size_t kShownBytes = 120;
constexpr std::size_t kDigestBytes = 5;

std::string digestOf(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < kDigestBytes; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

// Never in the middle of a character: the text becomes part of JSON.
std::string shownSetting(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

using Leaves = std::map<std::string, Json>;  // values by their path

void flatten(const Json& value, const std::string& path, Leaves& out) {
  if (!value.is_object()) {
    out[path] = value;
    return;
  }
  for (const auto& [key, inner] : value.items()) flatten(inner, path + "." + key, out);
}

void addLines(const std::string& path, const Json& before, const Json& after, std::vector<std::string>& lines) {
  Leaves old, now;
  flatten(before, path, old);
  flatten(after, path, now);
  std::set<std::string> paths;
  for (const Leaves* side : {&old, &now}) {
    for (const auto& [name, value] : *side) paths.insert(name);
  }
  const auto shownOf = [](const Leaves& side, const std::string& name) {
    return side.contains(name) ? shownSetting(side.at(name)) : "nothing";
  };
  for (const std::string& name : paths) {
    if (old.contains(name) && now.contains(name) && old.at(name) == now.at(name)) continue;
    lines.push_back(name + ": " + shownOf(old, name) + " -> " + shownOf(now, name));
  }
}

bool isOwnedBy(const Json& object, const Json& cloud) {
  const auto controller = kube::controllerOf(object);
  return controller && controller->uid == kube::uidOf(cloud);
}

}  // namespace

Json settingsOf(const Json& cloudSpec) {
  Json out = Json::object();
  const auto services = cloudSpec.find("services");
  if (services == cloudSpec.end() || !services->is_object()) return out;
  for (const auto& [name, service] : services->items()) {
    out[name] = Json::object();
    for (const char* field : {"config", "image", "placement", "resources"}) {
      const auto found = service.find(field);
      if (found != service.end() && !found->is_null()) out[name][field] = *found;
    }
  }
  return out;
}

kube::Result<Settings> decodeSettings(const Json& settings) {
  Settings out;
  DecodeContext context;
  {
    const Json whole = {{"services", settings}};
    ObjectReader reader(whole, {"settings", "settings"}, context);
    reader.objectMap("services", kMostServices,
                     [&](const std::string& name, ObjectReader& fields) { decodeSettingFields(fields, out[name]); });
  }
  WINDLASS_TRY(context.status());
  return out;
}

OpenStackCloudSpec withSettings(OpenStackCloudSpec spec, const Settings& settings) {
  for (auto& [name, service] : spec.services) {
    const auto found = settings.find(name);
    if (found == settings.end()) continue;
    const std::optional<int> replicas = service.replicas;
    static_cast<WorkloadSpec&>(service) = found->second;
    service.replicas = replicas;
  }
  return spec;
}

std::string settingsName(const std::string& cloud, const Json& settings) {
  return cloud + "-settings-" + digestOf(settings.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::vector<std::string> settingsDifference(const Json& before, const Json& after) {
  std::vector<std::string> lines;
  for (const auto& [name, service] : before.items()) {
    if (after.contains(name)) addLines("services." + name, service, after.at(name), lines);
  }
  if (lines.size() <= kMostLines) return lines;
  const std::size_t more = lines.size() - kMostLines + 1;
  lines.resize(kMostLines - 1);
  lines.push_back("and " + std::to_string(more) + " more");
  return lines;
}

Json adoptedSettings(const Json& inUse, const Json& ofSpec, bool waits) {
  if (!waits) return ofSpec;
  Json out = Json::object();
  for (const auto& [name, service] : ofSpec.items()) out[name] = inUse.contains(name) ? inUse.at(name) : service;
  return out;
}

Json settingsRevision(const Json& cloud, const Json& settings, std::int64_t number) {
  const std::string name = settingsName(kube::nameOf(cloud), settings);
  Json object = kube::newObject(kube::kinds::ControllerRevision, {kube::namespaceOf(cloud), name});
  object["metadata"]["labels"][std::string(kCloudLabel)] = kube::nameOf(cloud);
  object["data"] = {{"services", settings}};
  object["revision"] = number;
  // Cannot fail: same namespace, and a new object has no owner.
  static_cast<void>(kube::setController(object, cloud, kOpenStackCloudKind));
  return object;
}

SettingsBook settingsBook(const std::vector<Json>& revisions, const Json& cloud) {
  SettingsBook book;
  for (const Json& revision : revisions) {
    const Json* settings = kube::find(revision, "/data/services");
    const std::string name = kube::nameOf(revision);
    if (settings != nullptr && isOwnedBy(revision, cloud) && name == settingsName(kube::nameOf(cloud), *settings))
      book[name] = *settings;
  }
  if (const Json* spec = kube::find(cloud, "/spec"); spec != nullptr) {
    Json ofSpec = settingsOf(*spec);
    book.emplace(settingsName(kube::nameOf(cloud), ofSpec), std::move(ofSpec));
  }
  return book;
}

kube::Result<Json> settingsNamed(const SettingsBook& book, const std::string& name) {
  if (const auto found = book.find(name); found != book.end()) return found->second;
  return kube::fail(kube::ErrorKind::Invalid,
                    "status.settings: ControllerRevision " + name +
                        " is gone or was changed, so the settings in use are not known; make it again from a copy, put "
                        "spec.services back to what they were, or set spec.changes to Direct, which applies the spec "
                        "at once");
}

}  // namespace windlass::ops
