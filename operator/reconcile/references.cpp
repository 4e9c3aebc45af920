#include "operator/reconcile/references.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/cloud_state.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

using kube::boolAt;
using kube::stringAt;
using ReferenceMap = std::map<std::pair<std::string, std::string>, Reference>;

void note(ReferenceMap& found, const std::string& kind, const std::string& name, const std::string& key,
          const std::string& usedBy) {
  if (name.empty()) return;
  Reference& reference = found[{kind, name}];
  if (reference.name.empty()) reference = {kind, name, {}, usedBy};
  if (!key.empty()) reference.keys.insert(key);
}

void noteVolume(ReferenceMap& found, const std::string& kind, const Json& source, const std::string& usedBy) {
  if (boolAt(source, "/optional")) return;
  const std::string name = stringAt(source, "/secretName", stringAt(source, "/name"));
  note(found, kind, name, "", usedBy);
  const Json* items = kube::find(source, "/items");
  if (items == nullptr || !items->is_array()) return;
  for (const Json& item : *items) note(found, kind, name, stringAt(item, "/key"), usedBy);
}

// The field names are those of PodSpec; nothing else in the rendered kinds uses them for other things.
void collect(ReferenceMap& found, const Json& value, const std::string& usedBy) {
  if (value.is_array()) {
    for (const Json& child : value) collect(found, child, usedBy);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [field, child] : value.items()) {
    const bool optional = boolAt(child, "/optional");
    if (field == "secretKeyRef" && !optional)
      note(found, "Secret", stringAt(child, "/name"), stringAt(child, "/key"), usedBy);
    if (field == "configMapKeyRef" && !optional)
      note(found, "ConfigMap", stringAt(child, "/name"), stringAt(child, "/key"), usedBy);
    if (field == "secretRef" && !optional) note(found, "Secret", stringAt(child, "/name"), "", usedBy);
    if (field == "configMapRef" && !optional) note(found, "ConfigMap", stringAt(child, "/name"), "", usedBy);
    if (field == "secret") noteVolume(found, "Secret", child, usedBy);
    if (field == "configMap") noteVolume(found, "ConfigMap", child, usedBy);
    if (field == "imagePullSecrets" && child.is_array()) {
      for (const Json& entry : child) note(found, "Secret", stringAt(entry, "/name"), "", usedBy);
    }
    collect(found, child, usedBy);
  }
}

void collectTemplate(ReferenceMap& found, const SecretRequest& request) {
  for (const SecretKey& key : request.keys) {
    if (key.generator != "template") continue;
    for (std::size_t at = key.value.find('{'); at != std::string::npos; at = key.value.find('{', at + 1)) {
      const std::size_t end = key.value.find('}', at);
      const std::size_t slash = key.value.find('/', at);
      if (end == std::string::npos || slash == std::string::npos || slash > end) continue;
      const std::string name = key.value.substr(at + 1, slash - at - 1);
      if (name.find_first_of("{:") != std::string::npos) continue;
      note(found, "Secret", name, key.value.substr(slash + 1, end - slash - 1), "Secret/" + request.name);
    }
  }
}

std::optional<std::string> pathOfValue(const Json& value, const std::string& wanted, const std::string& path) {
  if (value.is_string()) return value == wanted ? std::optional(path) : std::nullopt;
  if (!value.is_structured()) return std::nullopt;
  for (const auto& [key, child] : value.items()) {
    const std::string below = value.is_array() ? fmt::format("{}[{}]", path, key) : path + "." + key;
    if (auto found = pathOfValue(child, wanted, below)) return found;
  }
  return std::nullopt;
}

Readiness missing(const Json& cloud, const Reference& reference, const std::string& what, const std::string& remedy) {
  const std::string where = specFieldOf(cloud, reference.name);
  return {ReadyState::Failed, true, "Missing" + reference.kind,
          fmt::format("{} {}/{} {} (named in {}, used by {})", reference.kind, kube::namespaceOf(cloud), reference.name,
                      what, where, reference.usedBy),
          remedy};
}

}  // namespace

std::string specFieldOf(const Json& cloud, const std::string& value) {
  const Json* spec = kube::find(cloud, "/spec");
  if (spec == nullptr) return "spec";
  return pathOfValue(*spec, value, "spec").value_or("spec");
}

std::vector<Reference> outsideReferences(const RenderedCloud& rendered) {
  ReferenceMap found;
  for (const Stage& stage : rendered.stages) {
    for (const Json& object : stage.objects) collect(found, object, refOf(object));
    for (const SecretRequest& request : stage.secrets) collectTemplate(found, request);
  }
  for (const Stage& stage : rendered.stages) {  // what the cloud makes itself
    for (const Json& object : stage.objects) found.erase({kube::kindOf(object), kube::nameOf(object)});
    for (const SecretRequest& request : stage.secrets) found.erase({"Secret", request.name});
  }
  std::vector<Reference> references;
  for (auto& [key, reference] : found) references.push_back(std::move(reference));
  return references;
}

Result<ResolvedReferences> resolveReferences(kube::Client& client, const Json& cloud,
                                             const std::vector<Reference>& references) {
  ResolvedReferences resolved;
  for (const Reference& reference : references) {
    const bool secret = reference.kind == "Secret";
    WINDLASS_TRY_ASSIGN(const auto live, getIfThere(client, secret ? kube::kinds::Secret : kube::kinds::ConfigMap,
                                                    {kube::namespaceOf(cloud), reference.name}));
    if (!live) {
      resolved.problem = missing(cloud, reference, "does not exist",
                                 fmt::format("create the {}, or correct the name", reference.kind));
      return resolved;
    }
    const Json data = live->value("data", Json::object());
    for (const std::string& key : reference.keys) {
      if (data.contains(key)) continue;
      resolved.problem = missing(cloud, reference, fmt::format("has no key {}", key),
                                 fmt::format("add the key {} to the {}", key, reference.kind));
      return resolved;
    }
    if (secret) {
      resolved.secrets[reference.name] = secretValues(*live);
    } else {
      resolved.configMapHashes[reference.name] = textHash(data.dump());
    }
  }
  return resolved;
}

}  // namespace windlass::ops
