#include "vmctl/controller/problem.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace windlass::vm {

namespace {

constexpr std::size_t MaxProblemMessage = 1000;

Problem problem(std::string reason, std::string message) {
  if (message.size() > MaxProblemMessage) message = message.substr(0, MaxProblemMessage - 3) + "...";
  return Problem{std::move(reason), std::move(message)};
}

bool isImageReason(const std::string& reason) {
  static const std::set<std::string> Reasons{"ErrImagePull",      "ImagePullBackOff",  "InvalidImageName",
                                             "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"};
  return Reasons.contains(reason);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Problem imageProblem(const VirtualMachine& vm, const PodView& pod) {
  const auto& reference = vm.spec.image.reference;
  // The kubelet reports the guest's image volume and the carrier's own image in the same place.
  if (contains(pod.waitingMessage, "carrier") && !contains(pod.waitingMessage, reference)) {
    return problem("CarrierImagePullFailed",
                   fmt::format("node {} cannot pull the carrier image ({}); an administrator has to make it available "
                               "or correct image.registry of the windlass chart",
                               pod.nodeName, pod.waitingReason));
  }
  return problem(
      "ImagePullFailed",
      fmt::format(
          "node {} does not get spec.image.reference '{}' ({}); check its name and tag, and that the node "
          "can reach and may read the registry. It is tried again by itself",
          pod.nodeName, reference,
          pod.waitingReason == "ErrImageNeverPull" ? "not there, and spec.image.pullPolicy is Never" : "pull failed"));
}

std::optional<Problem> secretProblem(const VirtualMachine& vm, const std::string& note) {
  if (!vm.spec.cloudInit || !vm.spec.cloudInit->userDataSecretRef) return std::nullopt;
  const auto& ref = *vm.spec.cloudInit->userDataSecretRef;
  if (contains(note, fmt::format("secret \"{}\" not found", ref.name))) {
    return problem("SecretNotFound", fmt::format("Secret '{}' of spec.cloudInit.userDataSecretRef does not exist in "
                                                 "namespace '{}'; create it and the guest starts by itself",
                                                 ref.name, vm.ns));
  }
  if (contains(note, "non-existent secret key") || contains(note, "non-existent config key") ||
      contains(note, "references non-existent")) {
    return problem("SecretKeyNotFound",
                   fmt::format("Secret '{}' has no key '{}', which spec.cloudInit.userDataSecretRef.key names; add the "
                               "key or correct the field",
                               ref.name, ref.key));
  }
  return std::nullopt;
}

// What a kubelet says while its own cache of Secrets and ConfigMaps is not filled yet; it tries again by itself
// (pkg/kubelet/util/manager/watch_based_manager.go).
bool onlyWaits(const std::string& note) {
  return contains(note, "timed out waiting for the condition") || contains(note, "not registered");
}

}  // namespace

std::optional<Problem> problemOf(const VirtualMachine& vm, const PodView& pod,
                                 const std::vector<std::string>& mountErrors) {
  if (!pod.unschedulable.empty() && pod.nodeName.empty()) {
    return problem("Unschedulable", fmt::format("no node takes the guest: {}; free or add room, or change spec.memory, "
                                                "spec.cpu, spec.nodeSelector or spec.tolerations",
                                                pod.unschedulable));
  }
  if (isImageReason(pod.waitingReason)) return imageProblem(vm, pod);
  for (const auto& note : mountErrors) {
    if (auto secret = secretProblem(vm, note)) return secret;
  }
  const auto real = std::find_if_not(mountErrors.begin(), mountErrors.end(), onlyWaits);
  if (real != mountErrors.end()) {
    return problem("VolumeMountFailed",
                   fmt::format("node {} cannot mount a volume of pod '{}': {}", pod.nodeName, pod.name, *real));
  }
  if (pod.waitingReason == "CreateContainerError" || pod.waitingReason == "CreateContainerConfigError" ||
      pod.waitingReason == "RunContainerError") {
    return problem("CarrierFailed", fmt::format("node {} cannot start the carrier of pod '{}': {}", pod.nodeName,
                                                pod.name, pod.waitingMessage));
  }
  return std::nullopt;
}

std::optional<Problem> problemOf(const VirtualMachine& vm, const kube::Error& createError) {
  const auto& text = createError.message;
  if (createError.kind == kube::ErrorKind::Forbidden && contains(text, "exceeded quota")) {
    return problem("QuotaExceeded", fmt::format("the namespace's quota does not allow the guest's pod: {}; free some "
                                                "of it, raise the ResourceQuota or lower spec.memory. It is tried "
                                                "again by itself",
                                                text));
  }
  if (createError.kind == kube::ErrorKind::Forbidden && contains(text, "PodSecurity")) {
    return problem("PodRejected", fmt::format("namespace '{}' refuses the guest's pod: {}", vm.ns, text));
  }
  if (createError.kind == kube::ErrorKind::Forbidden || createError.kind == kube::ErrorKind::Invalid ||
      createError.kind == kube::ErrorKind::BadRequest) {
    return problem("PodRejected", fmt::format("the API server refuses the guest's pod: {}", text));
  }
  return std::nullopt;
}

}  // namespace windlass::vm
