#pragma once
// What people ask of a run, as events for the step machine. Pure.
#include <optional>
#include <set>
#include <string>

#include "operator/execute/step_machine.h"
#include "operator/model/upgrade_run.h"

namespace windlass::ops {

struct WishInput {
  const UpgradeRunSpec& spec;
  const Run& run;
  int resumed = 0;               // value of spec.resume that was answered last
  std::string presentHash;       // of a plan made now (the approved one if it asks for the same); "": none can be made
  std::set<EventKind> answered;  // in this look at the run: a refused wish is not repeated at once
};

// The next thing that the spec asks for and the run does not know yet. Not the first approval: see mayBegin.
std::optional<EventKind> nextWish(const WishInput& input);

// Why the backups of a run may not be put in, ""; what the run itself knows is for the step machine to say.
struct RestoreInput {
  const UpgradePlan& plan;
  const Run& run;
  const kube::Json& cloud;
  std::string other;  // another run of the cloud that is in work, ""
};
std::string whyNotRestored(const RestoreInput& input);

// Whether a run that nobody has begun may begin. All texts are for people.
struct BeginInput {
  const UpgradePlan& plan;
  const std::string& hash;
  const kube::Result<UpgradePlan>& present;  // the plan made now
  const kube::Json& cloud;
  std::string other;  // another run of the cloud that is in work, ""
};
struct BeginAnswer {
  bool granted = false;
  bool refused = false;  // not granted, and waiting alone does not help
  std::string reason;    // CamelCase
  std::string text;
};
BeginAnswer mayBegin(const BeginInput& input);

}  // namespace windlass::ops
