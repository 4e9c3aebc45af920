#pragma once
// `windlass plan`: from files, without a cluster.
#include <string>

#include "kube/object/result.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

struct PlanFlags {
  std::string catalog = "/usr/share/windlass";
  std::string cloudFile;
  std::string observedFile;
  int hosts = 0;  // so many hosts with made-up names, to see how a plan grows
  std::string from, to;
  std::string imageRegistry = "windlass.dev";
  std::string output = "table";  // table | tree | json | svg | object
  std::string compareWith;       // file of an earlier plan (json or object): the difference is shown instead
};

// The plan in the form that `flags` asks for, or its difference from another.
kube::Result<std::string> showPlan(const UpgradePlan& made, const PlanFlags& flags);
// What goes to stdout.
kube::Result<std::string> planCommand(const PlanFlags& flags);

}  // namespace windlass::ops
