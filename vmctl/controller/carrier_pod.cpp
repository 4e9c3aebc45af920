#include "vmctl/controller/carrier_pod.h"

#include <fmt/format.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/object/quantity.h"
#include "vmctl/model/overhead.h"

namespace windlass::vm {

using kube::Json;

namespace {

// Uid and gid of the carrier image's user.
constexpr int CarrierUser = 1000;

std::string copiedKeys(const std::map<std::string, std::string>& labels) {
  std::string keys;
  for (const auto& [key, value] : labels) {
    if (key == VmLabel) continue;
    keys += (keys.empty() ? "" : ",") + key;
  }
  return keys;
}

Json podLabels(const VirtualMachine& vm) {
  Json labels = vm.labels;
  labels[std::string(VmLabel)] = vm.name;
  return labels;
}

Json metadata(const VirtualMachine& vm) {
  return Json{{"name", vm.name},
              {"namespace", vm.ns},
              {"labels", podLabels(vm)},
              {"annotations",
               {{VmUidAnnotation, vm.uid},
                {VmGenerationAnnotation, std::to_string(vm.generation)},
                {CopiedLabelsAnnotation, copiedKeys(vm.labels)},
                {GuestSpecAnnotation, guestSpec(vm.spec).dump()}}},
              {"ownerReferences", Json::array({Json{{"apiVersion", VirtualMachineKind.apiVersion()},
                                                    {"kind", VirtualMachineKind.kind},
                                                    {"name", vm.name},
                                                    {"uid", vm.uid},
                                                    {"controller", true},
                                                    {"blockOwnerDeletion", true}}})}};
}

Json resources(const VirtualMachineSpec& spec, const CarrierSettings& settings) {
  const std::uint64_t bytes = spec.memoryBytes + memoryOverheadBytes(spec.memoryBytes, spec.cores);
  const auto memory = kube::Quantity::of(static_cast<std::int64_t>(bytes), kube::Quantity::Format::BinarySI).toString();
  // Memory is reserved to the byte. Processors are shared: the guest cannot use more than its own number of them.
  return Json{{"requests", {{"memory", memory}, {"cpu", fmt::format("{}m", spec.cores * settings.cpuMilliPerCore)}}},
              {"limits", {{"memory", memory}}}};
}

Json guestProbe(const ReadinessProbe& probe) {
  Json json{{"initialDelaySeconds", probe.initialDelaySeconds},
            {"periodSeconds", probe.periodSeconds},
            {"timeoutSeconds", probe.timeoutSeconds},
            {"successThreshold", probe.successThreshold},
            {"failureThreshold", probe.failureThreshold}};
  if (probe.type == ReadinessProbe::Type::Http) {
    json["httpGet"] = {{"port", probe.port}, {"path", probe.path}, {"scheme", "HTTP"}};
  } else {
    json["tcpSocket"] = {{"port", probe.port}};
  }
  return json;
}

// Without a probe of the VM's own the pod is ready once the guest runs. A startup probe ends with its first success, so
// it costs nothing at rest; it allows an hour because a failed start ends the carrier by itself, much earlier.
Json runsProbe() {
  return Json{{"exec", {{"command", {"/windlass-vm-carrier", "ready"}}}},
              {"periodSeconds", 1},
              {"timeoutSeconds", 2},
              {"failureThreshold", 3600}};
}

Json container(const VirtualMachine& vm, const CarrierSettings& settings) {
  Json mounts = Json::array({Json{{"name", "run"}, {"mountPath", "/run/windlass"}},
                             Json{{"name", "image"}, {"mountPath", "/image"}, {"readOnly", true}}});
  if (vm.spec.cloudInit && vm.spec.cloudInit->userDataSecretRef) {
    mounts.push_back({{"name", "userdata"}, {"mountPath", "/userdata"}, {"readOnly", true}});
  }
  Json json{
      {"name", CarrierContainer},
      {"image", settings.image},
      {"imagePullPolicy", settings.imagePullPolicy},
      {"stdin", true},
      {"env", Json::array({Json{{"name", "WINDLASS_GRACE_SECONDS"},
                                {"value", std::to_string(vm.spec.terminationGracePeriodSeconds)}}})},
      {"resources", resources(vm.spec, settings)},
      {"volumeMounts", mounts},
      {"securityContext",
       {{"allowPrivilegeEscalation", false}, {"readOnlyRootFilesystem", true}, {"capabilities", {{"drop", {"ALL"}}}}}}};
  if (vm.spec.readinessProbe) {
    json["readinessProbe"] = guestProbe(*vm.spec.readinessProbe);
  } else {
    json["startupProbe"] = runsProbe();
  }
  return json;
}

Json volumes(const VirtualMachineSpec& spec) {
  Json list = Json::array(
      {Json{{"name", "run"}, {"emptyDir", Json::object()}},
       Json{{"name", "image"},
            {"image", {{"reference", spec.image.reference}, {"pullPolicy", toString(spec.image.pullPolicy)}}}}});
  if (spec.cloudInit && spec.cloudInit->userDataSecretRef) {
    const auto& ref = *spec.cloudInit->userDataSecretRef;
    list.push_back(
        {{"name", "userdata"},
         {"secret",
          {{"secretName", ref.name}, {"items", Json::array({Json{{"key", ref.key}, {"path", "user-data"}}})}}}});
  }
  return list;
}

Json tolerations(const std::vector<Toleration>& list) {
  Json result = Json::array();
  for (const auto& toleration : list) {
    Json json = Json::object();
    if (!toleration.key.empty()) json["key"] = toleration.key;
    if (!toleration.op.empty()) json["operator"] = toleration.op;
    if (!toleration.value.empty()) json["value"] = toleration.value;
    if (!toleration.effect.empty()) json["effect"] = toleration.effect;
    if (toleration.tolerationSeconds) json["tolerationSeconds"] = *toleration.tolerationSeconds;
    result.push_back(std::move(json));
  }
  return result;
}

}  // namespace

Json carrierPod(const VirtualMachine& vm, const CarrierSettings& settings) {
  Json spec{{"restartPolicy", "Never"},
            {"terminationGracePeriodSeconds", vm.spec.terminationGracePeriodSeconds + GraceMarginSeconds},
            {"automountServiceAccountToken", false},
            {"enableServiceLinks", false},
            {"hostname", vm.spec.hostname},
            {"securityContext",
             {{"runAsNonRoot", true},
              {"runAsUser", CarrierUser},
              {"runAsGroup", CarrierUser},
              {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
            {"containers", Json::array({container(vm, settings)})},
            {"volumes", volumes(vm.spec)}};
  if (!vm.spec.nodeSelector.empty()) spec["nodeSelector"] = vm.spec.nodeSelector;
  if (!vm.spec.tolerations.empty()) spec["tolerations"] = tolerations(vm.spec.tolerations);
  return Json{{"apiVersion", kube::kinds::Pod.apiVersion()},
              {"kind", kube::kinds::Pod.kind},
              {"metadata", metadata(vm)},
              {"spec", std::move(spec)}};
}

}  // namespace windlass::vm
