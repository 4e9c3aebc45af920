#pragma once
// A canary's state as JSON (about 4 kB), for the status of the run that carries it out. Pure.
#include "kube/object/json.h"
#include "kube/object/result.h"
#include "operator/traffic/analysis/canary.h"

namespace windlass::ops {

kube::Json toJson(const CanaryState& state);
// Invalid when it is not what toJson wrote for a policy with this many steps.
kube::Result<CanaryState> canaryStateFrom(const kube::Json& json, std::size_t steps);

kube::Json toJson(const Verdict& verdict);  // for people: evidence kept after the end

}  // namespace windlass::ops
