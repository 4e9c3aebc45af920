// What a guest was started from, and how the VM differs from it now.
#include <array>
#include <set>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "kube/object/meta.h"
#include "vmctl/controller/carrier_pod.h"

namespace windlass::vm {

using kube::Json;

namespace {

std::string sha256(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

Json probeSpec(const ReadinessProbe& probe) {
  return Json{{"type", probe.type == ReadinessProbe::Type::Http ? "http" : "tcp"},
              {"port", probe.port},
              {"path", probe.path},
              {"initialDelaySeconds", probe.initialDelaySeconds},
              {"periodSeconds", probe.periodSeconds},
              {"timeoutSeconds", probe.timeoutSeconds},
              {"successThreshold", probe.successThreshold},
              {"failureThreshold", probe.failureThreshold}};
}

Json tolerationSpec(const Toleration& toleration) {
  return Json::array({toleration.key, toleration.op, toleration.value, toleration.effect,
                      toleration.tolerationSeconds ? Json(*toleration.tolerationSeconds) : Json(nullptr)});
}

std::set<std::string> splitKeys(const std::string& text) {
  std::set<std::string> keys;
  std::size_t start = 0;
  while (start < text.size()) {
    const auto end = std::min(text.find(',', start), text.size());
    if (end > start) keys.insert(text.substr(start, end - start));
    start = end + 1;
  }
  return keys;
}

}  // namespace

Json guestSpec(const VirtualMachineSpec& spec) {
  Json json{{"cpu.cores", spec.cores},
            {"memory", spec.memoryBytes},
            {"image.reference", spec.image.reference},
            {"image.pullPolicy", toString(spec.image.pullPolicy)},
            {"accelerator", toString(spec.accelerator)},
            {"terminationGracePeriodSeconds", spec.terminationGracePeriodSeconds}};
  if (spec.cloudInit && spec.cloudInit->userData) json["cloudInit.userData"] = sha256(*spec.cloudInit->userData);
  if (spec.cloudInit && spec.cloudInit->userDataSecretRef) {
    json["cloudInit.userDataSecretRef"] =
        spec.cloudInit->userDataSecretRef->name + "/" + spec.cloudInit->userDataSecretRef->key;
  }
  if (!spec.sshAuthorizedKeys.empty()) json["sshAuthorizedKeys"] = sha256(Json(spec.sshAuthorizedKeys).dump());
  if (!spec.kernelArguments.empty()) json["kernelArguments"] = spec.kernelArguments;
  if (spec.readinessProbe) json["readinessProbe"] = probeSpec(*spec.readinessProbe);
  if (!spec.nodeSelector.empty()) json["nodeSelector"] = spec.nodeSelector;
  for (const auto& toleration : spec.tolerations) json["tolerations"].push_back(tolerationSpec(toleration));
  return json;
}

std::vector<std::string> changedFields(const VirtualMachineSpec& spec, const Json& pod) {
  const Json now = guestSpec(spec);
  const Json then = Json::parse(kube::annotationOf(pod, GuestSpecAnnotation), nullptr, false);
  std::set<std::string> changed;
  if (!then.is_object()) return {};  // made by something older than this annotation: nothing can be said
  for (const auto& [key, value] : now.items()) {
    if (!then.contains(key) || then[key] != value) changed.insert(key);
  }
  for (const auto& [key, value] : then.items()) {
    if (!now.contains(key)) changed.insert(key);
  }
  return {changed.begin(), changed.end()};
}

Json labelPatch(const VirtualMachine& vm, const Json& pod) {
  const Json* there = kube::find(pod, "/metadata/labels");
  Json labels = Json::object();
  std::string keys;
  for (const auto& [key, value] : vm.labels) {
    if (key == VmLabel) continue;
    keys += (keys.empty() ? "" : ",") + key;
    if (there == nullptr || !there->contains(key) || there->at(key) != value) labels[key] = value;
  }
  const std::string oldKeys = kube::annotationOf(pod, CopiedLabelsAnnotation);
  for (const auto& key : splitKeys(oldKeys)) {
    if (key != VmLabel && !vm.labels.contains(key)) labels[key] = nullptr;
  }
  if (labels.empty() && keys == oldKeys) return nullptr;
  Json metadata{{"annotations", {{CopiedLabelsAnnotation, keys}}}};
  if (!labels.empty()) metadata["labels"] = std::move(labels);
  return Json{{"metadata", std::move(metadata)}};
}

}  // namespace windlass::vm
