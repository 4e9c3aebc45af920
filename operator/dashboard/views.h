#pragma once
// What the pages show, from the objects of a cluster. Pure. No field of a Secret is ever among them.
#include <vector>

#include "kube/object/json.h"

namespace windlass::ops {

// {clouds: [{namespace, name, release, wanted, ready, message, waitingFor, plan, services: [{name, ready, replicas}]}],
//  plans: [{namespace, name, cloud, from, to, steps, seconds}], runs: [{namespace, name, plan, mode, phase, message}]}
kube::Json overviewOf(const std::vector<kube::Json>& clouds, const std::vector<kube::Json>& plans,
                      const std::vector<kube::Json>& runs);

// {name, mode, phase, message, waitingFor, why, actions, phases: [{name, steps: [{id, summary, status, estimate, begun,
//  ended, evidence}]}], canary: {...} or null, plan: {name, cloud, from, to, pointOfNoReturn}}. `plan` null: not there.
kube::Json runViewOf(const kube::Json& run, const kube::Json& plan);

}  // namespace windlass::ops
