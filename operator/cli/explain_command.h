#pragma once
// `windlass explain KIND/NAME`: reads an object of a cloud and what belongs to it.
#include <string>

#include "kube/client/client.h"

namespace windlass::ops {

// `object` is "pod/x", "deployment/x", "statefulset/x", "daemonset/x" or "job/x" (kubectl's short names too). Reads
// pods, workloads, ConfigMaps and Events of the namespace; no Secret. Invalid: another kind.
kube::Result<std::string> explainObject(kube::Client& client, const std::string& ns, const std::string& object);

}  // namespace windlass::ops
