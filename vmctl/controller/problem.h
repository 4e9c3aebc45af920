#pragma once
// Why a guest cannot start, in words that name the object, the field and the remedy. Pure.
#include <optional>
#include <string>
#include <vector>

#include "kube/object/result.h"
#include "vmctl/controller/pod_view.h"

namespace windlass::vm {

struct Problem {
  std::string reason;   // CamelCase: ImagePullFailed, SecretNotFound, Unschedulable, QuotaExceeded, ...
  std::string message;  // at most 1000 bytes
  bool operator==(const Problem&) const = default;
};

// What keeps a pod that exists from starting. `mountErrors` are the notes of its FailedMount events, newest first.
std::optional<Problem> problemOf(const VirtualMachine& vm, const PodView& pod,
                                 const std::vector<std::string>& mountErrors);
// Why the API server did not take the pod; nullopt when repeating the request is all that can be done.
std::optional<Problem> problemOf(const VirtualMachine& vm, const kube::Error& createError);

}  // namespace windlass::vm
