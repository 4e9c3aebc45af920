#pragma once
// `windlass upgrade …` and `windlass plan --cloud`: thin reads and patches of objects on a cluster; what they mean is
// the operator's to say.
#include <string>
#include <vector>

#include "kube/client/client.h"
#include "operator/cli/plan_command.h"

namespace windlass::ops {

struct UpgradeFlags {
  std::string name;  // of the run; of the plan for approve
  std::string ns;
  std::string hash;                // approve: as it was read
  std::string run;                 // approve: name of the new run, "" = that of the plan
  std::string canaryPolicy;        // approve: name of the CanaryPolicy, "" = the defaults
  std::vector<std::string> gates;  // acknowledge: gates, canaries
  bool acceptDataLoss = false;     // restore: the person knows what is lost
};

// Each returns what goes to stdout.
kube::Result<std::string> approvePlan(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> pauseRun(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> resumeRun(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> rollBackRun(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> restoreRun(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> approveContract(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> acknowledgeGates(kube::Client& client, const UpgradeFlags& flags);
kube::Result<std::string> showRun(kube::Client& client, const UpgradeFlags& flags);

// The plan that the operator makes of this cloud, as it is now; `flags.to` "" = spec.release.
kube::Result<std::string> planOfCluster(kube::Client& client, const kube::ObjectKey& cloud, const PlanFlags& flags);

}  // namespace windlass::ops
