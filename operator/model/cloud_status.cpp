#include "kube/object/meta.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

using kube::Json;

namespace {

std::map<std::string, std::string> textsAt(const Json& object, std::string_view pointer) {
  std::map<std::string, std::string> out;
  const Json* texts = kube::find(object, pointer);
  if (texts == nullptr || !texts->is_object()) return out;
  for (const auto& [key, value] : texts->items()) {
    if (value.is_string()) out[key] = value.get<std::string>();
  }
  return out;
}

constexpr char kBeforeSettings = '@';

// "2025.1", or "2025.1@demo-settings-0123456789".
std::string componentText(const ComponentRelease& component) {
  return component.release + (component.settings.empty() ? "" : kBeforeSettings + component.settings);
}

ComponentRelease componentFrom(const std::string& text) {
  const std::size_t at = text.find(kBeforeSettings);
  if (at == std::string::npos) return {text, false, ""};
  return {text.substr(0, at), false, text.substr(at + 1)};
}

}  // namespace

OpenStackCloudStatus decodeStatus(const Json& object) {
  OpenStackCloudStatus status;
  status.observedGeneration = kube::intAt(object, "/status/observedGeneration");
  status.release = kube::stringAt(object, "/status/release");
  status.waitingFor = kube::stringAt(object, "/status/waitingFor");
  status.plan = kube::stringAt(object, "/status/plan");
  for (const auto& [name, text] : textsAt(object, "/status/components")) status.components[name] = componentFrom(text);
  status.settings = kube::stringAt(object, "/status/settings");
  status.settingsRevision = kube::intAt(object, "/status/settingsRevision");
  status.endpoints = textsAt(object, "/status/endpoints");
  if (const Json* conditions = kube::find(object, "/status/conditions");
      conditions != nullptr && conditions->is_array()) {
    status.conditions = *conditions;
  }
  if (const Json* services = kube::find(object, "/status/services"); services != nullptr && services->is_object()) {
    for (const auto& [name, service] : services->items()) {
      status.services[name] = {static_cast<int>(kube::intAt(service, "/replicas")),
                               static_cast<int>(kube::intAt(service, "/readyReplicas")),
                               kube::stringAt(service, "/revision")};
    }
  }
  return status;
}

Json encodeStatus(const OpenStackCloudStatus& status) {
  Json out = {{"observedGeneration", status.observedGeneration}, {"conditions", status.conditions}};
  if (!status.release.empty()) out["release"] = status.release;
  for (const auto& [name, component] : status.components) out["components"][name] = componentText(component);
  if (!status.settings.empty()) out["settings"] = status.settings;
  if (status.settingsRevision != 0) out["settingsRevision"] = status.settingsRevision;
  if (!status.plan.empty()) out["plan"] = status.plan;
  if (!status.waitingFor.empty()) out["waitingFor"] = status.waitingFor;
  if (!status.endpoints.empty()) out["endpoints"] = status.endpoints;
  for (const auto& [name, service] : status.services) {
    out["services"][name] = {{"replicas", service.replicas}, {"readyReplicas", service.readyReplicas}};
    if (!service.revision.empty()) out["services"][name]["revision"] = service.revision;
  }
  return out;
}

}  // namespace windlass::ops
