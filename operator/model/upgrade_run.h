#pragma once
// UpgradeRun: what people want of a run. Its status is the run itself (operator/execute/run_json.h). Source of truth of
// the fields: crds/upgraderuns.yaml.
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "kube/object/resource.h"
#include "kube/object/result.h"

namespace windlass::ops {

inline const kube::ResourceKind kUpgradePlanKind{"windlass.dev", "v1alpha1", "UpgradePlan", "upgradeplans", true};
inline const kube::ResourceKind kUpgradeRunKind{"windlass.dev", "v1alpha1", "UpgradeRun", "upgraderuns", true};
inline const kube::ResourceKind kCanaryPolicyKind{"windlass.dev", "v1alpha1", "CanaryPolicy", "canarypolicies", true};

enum class WantedState { Running, Paused, RolledBack, Restored };

struct UpgradeRunSpec {
  std::string plan;          // name of the UpgradePlan
  std::string approvedHash;  // as it was read; another plan does not run
  WantedState state = WantedState::Running;
  int resume = 0;  // raised to go on after a failure
  bool contractApproved = false;
  std::vector<std::string> acknowledged;  // gates that ask for a person's word
  std::string canaryPolicy;               // "" = the defaults
};

struct UpgradeRunObject {
  kube::ObjectKey key;
  std::string uid;
  std::int64_t generation = 0;
  UpgradeRunSpec spec;
};

// Strict: Invalid with path, cause and remedy.
kube::Result<UpgradeRunObject> decodeUpgradeRun(const kube::Json& object);

}  // namespace windlass::ops
