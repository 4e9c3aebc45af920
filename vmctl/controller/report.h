#pragma once
// What the controller says about a VirtualMachine, and how that becomes status. Pure.
#include <optional>
#include <string>
#include <vector>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "kube/runtime/events.h"
#include "vmctl/controller/restarts.h"

namespace windlass::vm {

struct Report {
  std::string phase;  // as in the CRD
  std::string ready;  // "True", "False", "Unknown"
  std::string reason;
  std::string message;
  std::string nodeName, podName, podUid, podIp;
  Restarts restarts;
  std::vector<std::string> changedFields;  // of a guest that runs: condition RestartRequired
  bool warning = false;                    // a person has to know: also an Event
};

// The part of status that is the controller's (all but status.guest). Transition times of `current` are kept.
kube::Json statusOf(const Report& report, const kube::Json& current, std::int64_t generation, kube::TimePoint now);
// True when writing `wanted` would change nothing of the controller's part of `current`.
bool sameStatus(const kube::Json& current, const kube::Json& wanted);
// The event that goes with a change from `current`; nullopt when nothing new happened.
std::optional<kube::EventSpec> eventFor(const Report& report, const kube::Json& current);

}  // namespace windlass::vm
