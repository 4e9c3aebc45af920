#pragma once
// The VirtualMachine kind as C++ values, decoded strictly: an unknown field, a wrong type or a value out of bounds is
// an Invalid error that names its path ("spec.cpu.cores: ..."). Source of truth: crds/virtualmachines.yaml (a test
// compares). Pure: no I/O, no clock; safe from any thread.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"

namespace windlass::vm {

inline const kube::ResourceKind VirtualMachineKind{"windlass.dev", "v1alpha1", "VirtualMachine", "virtualmachines",
                                                   true};

// On the carrier pod: the VirtualMachine's name. On the VirtualMachine's own labels this key is ignored.
inline constexpr std::string_view VmLabel = "windlass.dev/vm";
// On the carrier pod: the VirtualMachine's UID.
inline constexpr std::string_view VmUidAnnotation = "windlass.dev/vm-uid";
// The container of the carrier pod whose output is the guest's console.
inline constexpr std::string_view CarrierContainer = "guest";

enum class RunStrategy { Always, Halted };
enum class Accelerator { Auto, Kvm, Qemu };
enum class PullPolicy { Always, IfNotPresent, Never };

// As written in the API: "Always", "auto", "IfNotPresent".
std::string_view toString(RunStrategy value);
std::string_view toString(Accelerator value);
std::string_view toString(PullPolicy value);

struct ImageSource {
  std::string reference;
  PullPolicy pullPolicy = PullPolicy::IfNotPresent;
  bool operator==(const ImageSource&) const = default;
};

struct SecretKeyRef {
  std::string name;
  std::string key = "userData";
  bool operator==(const SecretKeyRef&) const = default;
};

// Exactly one of the two is set.
struct CloudInit {
  std::optional<std::string> userData;
  std::optional<SecretKeyRef> userDataSecretRef;
  bool operator==(const CloudInit&) const = default;
};

struct ReadinessProbe {
  enum class Type { Http, Tcp } type = Type::Http;
  int port = 0;
  std::string path = "/";  // http only
  int initialDelaySeconds = 0;
  int periodSeconds = 5;
  int timeoutSeconds = 2;
  int successThreshold = 1;
  int failureThreshold = 3;
  bool operator==(const ReadinessProbe&) const = default;
};

// As in v1.Toleration; empty strings are absent fields.
struct Toleration {
  std::string key;
  std::string op;
  std::string value;
  std::string effect;
  std::optional<std::int64_t> tolerationSeconds;
  bool operator==(const Toleration&) const = default;
};

struct VirtualMachineSpec {
  RunStrategy runStrategy = RunStrategy::Always;
  int cores = 1;
  std::uint64_t memoryBytes = 0;
  std::string memory;  // as written: "512Mi"
  ImageSource image;
  std::optional<CloudInit> cloudInit;
  std::vector<std::string> sshAuthorizedKeys;
  std::string kernelArguments;
  Accelerator accelerator = Accelerator::Auto;
  std::optional<ReadinessProbe> readinessProbe;
  int terminationGracePeriodSeconds = 60;
  std::string hostname;  // never empty after decoding: the object's name by default
  std::map<std::string, std::string> nodeSelector;
  std::vector<Toleration> tolerations;
  bool operator==(const VirtualMachineSpec&) const = default;
};

struct VirtualMachine {
  std::string name;
  std::string ns;
  std::string uid;
  std::int64_t generation = 0;
  bool deleting = false;
  std::map<std::string, std::string> labels;
  VirtualMachineSpec spec;
};

// Bounds of spec.memory, in bytes.
inline constexpr std::uint64_t MinMemoryBytes = 32ULL << 20;
inline constexpr std::uint64_t MaxMemoryBytes = 4ULL << 40;

// Decodes a whole object as the API server returns it (metadata and spec; status is left alone).
kube::Result<VirtualMachine> decodeVirtualMachine(const kube::Json& object);
// `name` is the default of hostname.
kube::Result<VirtualMachineSpec> decodeSpec(const kube::Json& spec, const std::string& name);

// Bytes of a memory quantity ("512Mi"), rounded up.
kube::Result<std::uint64_t> parseMemory(std::string_view text);

}  // namespace windlass::vm
