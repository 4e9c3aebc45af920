#pragma once
// What an object of a cloud is made of, what changed it last, and why its containers restarted last. Pure.
#include <map>
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

struct ExplainFacts {
  kube::Json object;                             // a Pod, or a workload
  std::vector<kube::Json> pods;                  // the Pod itself, or those of the workload
  std::vector<kube::Json> siblings;              // workloads of the same component that run other revisions
  std::vector<kube::Json> events;                // events.k8s.io/v1 about the object and its pods
  std::map<std::string, kube::Json> configMaps;  // by name, those that the object and its siblings mount
};

// Texts for people; each section stands only when there is something to say.
std::string explain(const ExplainFacts& facts);

// The parts, for themselves. `template` is a pod template or a Pod.
std::string inputsText(const kube::Json& podTemplate);
// What is not the same in two revisions: image, arguments, each changed line of their files.
std::string differenceText(const kube::Json& now, const kube::Json& other,
                           const std::map<std::string, kube::Json>& configMaps);
// "" when no container of the pod has ended, waits for something, and the pod stays.
std::string restartText(const kube::Json& pod, const std::vector<kube::Json>& events);

}  // namespace windlass::ops
