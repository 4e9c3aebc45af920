#pragma once
// Why a pod does not run, as one sentence. Pure. Source: k8s.io/api/core/v1 PodStatus; the waiting reasons are those of
// kubelet/images/types.go and kubelet/kuberuntime.
#include <optional>
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

using kube::Json;

struct PodProblem {
  bool blocking = false;  // waiting alone will not end it
  std::string reason;     // "CrashLoopBackOff"
  std::string message;    // "pod api-1: container api exits with code 1: <last line it wrote>"
  std::string remedy;     // "" when there is none to give
};

// `warnings` are Warning events of the namespace: a volume that cannot be mounted shows up nowhere else.
std::optional<PodProblem> podProblem(const Json& pod, const std::vector<Json>& warnings);
// The worst problem of those pods: a blocking one first. Pods that are being deleted do not count.
std::optional<PodProblem> worstPodProblem(const std::vector<const Json*>& pods, const std::vector<Json>& warnings);
// Why the newest finished container of a failed pod ended, or "" when nothing is known.
std::string terminationOf(const Json& pod);
// The newest warning about an object with one of these reasons, or "".
std::string warningAbout(const Json& object, const std::vector<Json>& warnings, std::string_view reason);
// The last line that is not empty, cut to what fits in a sentence (240 bytes, whole UTF-8 characters).
std::string lastLine(const std::string& text);

}  // namespace windlass::ops
