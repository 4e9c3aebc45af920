#pragma once
// The bytes of a plan and their hash. The same plan has the same bytes on every machine: JSON with sorted keys, without
// spaces, absent instead of empty.
#include "kube/object/json.h"
#include "kube/object/result.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// The spec of the UpgradePlan object, without its hash.
kube::Json toJson(const UpgradePlan& plan);
// The way back; strict. Invalid when the hash in `spec` is not that of the rest.
kube::Result<UpgradePlan> planFromJson(const kube::Json& spec);

// "sha256:<64 hex digits>" of the canonical bytes.
std::string hashOf(const UpgradePlan& plan);
// toJson with "hash".
kube::Json specOf(const UpgradePlan& plan);
// A complete UpgradePlan object, named by cloud, releases and hash.
kube::Json objectOf(const UpgradePlan& plan);

// Of a cloud's spec without its release: a plan holds for the cloud it was made for.
std::string specDigest(const kube::Json& cloudSpec);

}  // namespace windlass::ops
