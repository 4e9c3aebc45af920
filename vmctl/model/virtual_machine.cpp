#include "vmctl/model/virtual_machine.h"

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "vmctl/model/fields.h"

namespace windlass::vm {

using kube::Json;

namespace {

// What every nested decoder returns: its value, or the first error with its path.
template <class T>
kube::Result<T> finished(Fields& fields, T value) {
  if (auto status = fields.finish(); !status) return kube::fail(status.error());
  return value;
}

template <class T>
T take(Fields& parent, kube::Result<T> nested) {
  if (nested) return std::move(*nested);
  parent.adopt(kube::fail(nested.error()));
  return T{};
}

kube::Result<ImageSource> decodeImage(const Json& json, const std::string& path) {
  Fields fields(json, path);
  ImageSource image;
  image.reference = fields.requiredText("reference", 512);
  image.pullPolicy = static_cast<PullPolicy>(fields.oneOf("pullPolicy", {"Always", "IfNotPresent", "Never"}, 1));
  return finished(fields, std::move(image));
}

kube::Result<SecretKeyRef> decodeSecretRef(const Json& json, const std::string& path) {
  Fields fields(json, path);
  SecretKeyRef ref;
  ref.name = fields.requiredText("name", 253);
  ref.key = fields.text("key", ref.key, 253);
  return finished(fields, std::move(ref));
}

kube::Result<CloudInit> decodeCloudInit(const Json& json, const std::string& path) {
  Fields fields(json, path);
  CloudInit cloudInit;
  if (fields.has("userData")) cloudInit.userData = fields.requiredText("userData", 65536);
  if (const Json* ref = fields.object("userDataSecretRef")) {
    cloudInit.userDataSecretRef = take(fields, decodeSecretRef(*ref, fields.pathOf("userDataSecretRef")));
  }
  if (cloudInit.userData.has_value() == cloudInit.userDataSecretRef.has_value()) {
    fields.fail("", "give either userData or userDataSecretRef");
  }
  return finished(fields, std::move(cloudInit));
}

void decodeHttp(const Json& json, const std::string& path, Fields& parent, ReadinessProbe& probe) {
  Fields fields(json, path);
  probe.type = ReadinessProbe::Type::Http;
  probe.port = static_cast<int>(fields.requiredInteger("port", 1, 65535));
  probe.path = fields.text("path", "/", 1024);
  if (!probe.path.starts_with('/')) fields.fail("path", "must start with '/'");
  parent.adopt(fields.finish());
}

void decodeTcp(const Json& json, const std::string& path, Fields& parent, ReadinessProbe& probe) {
  Fields fields(json, path);
  probe.type = ReadinessProbe::Type::Tcp;
  probe.port = static_cast<int>(fields.requiredInteger("port", 1, 65535));
  parent.adopt(fields.finish());
}

kube::Result<ReadinessProbe> decodeProbe(const Json& json, const std::string& path) {
  Fields fields(json, path);
  ReadinessProbe probe;
  const Json* http = fields.object("http");
  const Json* tcp = fields.object("tcp");
  if ((http == nullptr) == (tcp == nullptr)) fields.fail("", "give either http or tcp");
  if (http != nullptr) decodeHttp(*http, fields.pathOf("http"), fields, probe);
  if (tcp != nullptr) decodeTcp(*tcp, fields.pathOf("tcp"), fields, probe);
  probe.initialDelaySeconds = static_cast<int>(fields.integer("initialDelaySeconds", 0, 0, 3600));
  probe.periodSeconds = static_cast<int>(fields.integer("periodSeconds", 5, 1, 3600));
  probe.timeoutSeconds = static_cast<int>(fields.integer("timeoutSeconds", 2, 1, 300));
  probe.successThreshold = static_cast<int>(fields.integer("successThreshold", 1, 1, 100));
  probe.failureThreshold = static_cast<int>(fields.integer("failureThreshold", 3, 1, 100));
  return finished(fields, std::move(probe));
}

kube::Result<Toleration> decodeToleration(const Json& json, const std::string& path) {
  static constexpr std::string_view Effects[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};
  static constexpr std::string_view Operators[] = {"", "Exists", "Equal"};
  Fields fields(json, path);
  Toleration toleration;
  toleration.key = fields.text("key", "", 316);
  toleration.op = Operators[fields.oneOf("operator", {"", "Exists", "Equal"}, 0)];
  toleration.value = fields.text("value", "", 63);
  toleration.effect = Effects[fields.oneOf("effect", {"", "NoSchedule", "PreferNoSchedule", "NoExecute"}, 0)];
  if (fields.has("tolerationSeconds")) {
    toleration.tolerationSeconds = fields.integer("tolerationSeconds", 0, INT64_MIN, INT64_MAX);
  }
  return finished(fields, std::move(toleration));
}

std::vector<Toleration> decodeTolerations(Fields& spec) {
  std::vector<Toleration> result;
  const Json* list = spec.array("tolerations");
  if (list == nullptr) return result;
  if (list->size() > 32) spec.fail("tolerations", "must have at most 32 entries");
  for (std::size_t i = 0; i < list->size() && i < 32; ++i) {
    result.push_back(take(spec, decodeToleration((*list)[i], fmt::format("{}[{}]", spec.pathOf("tolerations"), i))));
  }
  return result;
}

std::map<std::string, std::string> decodeNodeSelector(Fields& spec) {
  std::map<std::string, std::string> result;
  const Json* map = spec.object("nodeSelector");
  if (map == nullptr) return result;
  for (const auto& [key, value] : map->items()) {
    if (!value.is_string()) {
      spec.fail("nodeSelector", fmt::format("the value of '{}' must be a string", key));
      return result;
    }
    result[key] = value.get<std::string>();
  }
  return result;
}

std::vector<std::string> decodeKeys(Fields& spec) {
  std::vector<std::string> result;
  const Json* list = spec.array("sshAuthorizedKeys");
  if (list == nullptr) return result;
  if (list->size() > 32) spec.fail("sshAuthorizedKeys", "must have at most 32 entries");
  for (const auto& key : *list) {
    if (!key.is_string()) {
      spec.fail("sshAuthorizedKeys", "must hold strings");
      return result;
    }
    result.push_back(key.get<std::string>());
  }
  return result;
}

void decodeMemory(Fields& spec, VirtualMachineSpec& out) {
  out.memory = spec.requiredText("memory", 20);
  if (out.memory.empty()) return;
  const auto bytes = parseMemory(out.memory);
  if (!bytes) {
    spec.fail("memory", bytes.error().message);
  } else if (*bytes < MinMemoryBytes || *bytes > MaxMemoryBytes) {
    spec.fail("memory", "must be from 32Mi to 4Ti (a bare number counts bytes)");
  } else {
    out.memoryBytes = *bytes;
  }
}

int decodeCores(Fields& spec) {
  const Json* cpu = spec.object("cpu");
  if (cpu == nullptr) return 1;
  Fields fields(*cpu, spec.pathOf("cpu"));
  const auto cores = static_cast<int>(fields.integer("cores", 1, 1, 64));
  spec.adopt(fields.finish());
  return cores;
}

std::map<std::string, std::string> labelsOf(const Json& object) {
  std::map<std::string, std::string> result;
  const Json* labels = kube::find(object, "/metadata/labels");
  if (labels == nullptr || !labels->is_object()) return result;
  for (const auto& [key, value] : labels->items()) {
    if (value.is_string()) result[key] = value.get<std::string>();
  }
  return result;
}

}  // namespace

std::string_view toString(RunStrategy value) {
  return value == RunStrategy::Always ? "Always" : "Halted";
}

std::string_view toString(Accelerator value) {
  switch (value) {
    case Accelerator::Kvm:
      return "kvm";
    case Accelerator::Qemu:
      return "qemu";
    case Accelerator::Auto:
      break;
  }
  return "auto";
}

std::string_view toString(PullPolicy value) {
  switch (value) {
    case PullPolicy::Always:
      return "Always";
    case PullPolicy::Never:
      return "Never";
    case PullPolicy::IfNotPresent:
      break;
  }
  return "IfNotPresent";
}

kube::Result<VirtualMachineSpec> decodeSpec(const Json& spec, const std::string& name) {
  Fields fields(spec, "spec");
  VirtualMachineSpec out;
  out.runStrategy = static_cast<RunStrategy>(fields.oneOf("runStrategy", {"Always", "Halted"}, 0));
  out.cores = decodeCores(fields);
  decodeMemory(fields, out);
  if (const Json* image = fields.object("image")) {
    out.image = take(fields, decodeImage(*image, fields.pathOf("image")));
  } else {
    fields.fail("image", "is required");
  }
  if (const Json* cloudInit = fields.object("cloudInit")) {
    out.cloudInit = take(fields, decodeCloudInit(*cloudInit, fields.pathOf("cloudInit")));
  }
  out.sshAuthorizedKeys = decodeKeys(fields);
  out.kernelArguments = fields.text("kernelArguments", "", 1024);
  out.accelerator = static_cast<Accelerator>(fields.oneOf("accelerator", {"auto", "kvm", "qemu"}, 0));
  if (const Json* probe = fields.object("readinessProbe")) {
    out.readinessProbe = take(fields, decodeProbe(*probe, fields.pathOf("readinessProbe")));
  }
  out.terminationGracePeriodSeconds = static_cast<int>(fields.integer("terminationGracePeriodSeconds", 60, 0, 3600));
  out.hostname = fields.text("hostname", name, 63);
  if (out.hostname.empty()) out.hostname = name;  // written, but empty
  out.nodeSelector = decodeNodeSelector(fields);
  out.tolerations = decodeTolerations(fields);
  return finished(fields, std::move(out));
}

kube::Result<VirtualMachine> decodeVirtualMachine(const Json& object) {
  VirtualMachine vm;
  vm.name = kube::nameOf(object);
  vm.ns = kube::namespaceOf(object);
  vm.uid = kube::uidOf(object);
  vm.generation = kube::generationOf(object);
  vm.deleting = kube::isDeleting(object);
  vm.labels = labelsOf(object);
  const Json* spec = kube::find(object, "/spec");
  if (spec == nullptr) return kube::fail(kube::ErrorKind::Invalid, "spec: is required");
  auto decoded = decodeSpec(*spec, vm.name);
  if (!decoded) return kube::fail(decoded.error());
  vm.spec = std::move(*decoded);
  return vm;
}

}  // namespace windlass::vm
