#pragma once
// What a live Kubernetes object says about being ready. Pure: objects in, one verdict out; no client, no clock.
// Sources: kubectl's polymorphichelpers/rollout_status.go (Deployment, StatefulSet, DaemonSet), the Job, Pod and
// PersistentVolumeClaim status fields of k8s.io/api.
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

using kube::Json;

enum class ReadyState {
  Ready,
  Waiting,  // goes on by itself
  Failed,   // does not go on until someone changes something (it heals by itself once they did)
};

struct Readiness {
  ReadyState state = ReadyState::Ready;
  bool serving = true;  // does its work at least in part, even while `state` is not Ready
  std::string reason;   // CamelCase: "ImagePullBackOff", "ReplicasUnavailable"; empty when Ready
  std::string message;  // one sentence that names the object; empty when Ready
  std::string remedy;   // what a person can do; empty unless Failed
};

// What stands around the object and explains why it is not ready. All of one namespace; the object's own are picked
// out.
struct Surroundings {
  std::vector<Json> pods;
  std::vector<Json> warnings;  // Warning events (events.k8s.io/v1); only used where the status itself is silent
};

// Knows Deployment, StatefulSet, DaemonSet, Job, Service and PersistentVolumeClaim. Every other kind is Ready once it
// exists.
Readiness readinessOf(const Json& live, const Surroundings& around);

}  // namespace windlass::ops
