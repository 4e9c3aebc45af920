#pragma once
// The whole judgement of the VM controller: what is (VM, pod, node, time) -> what to do and what to say. Pure.
#include <chrono>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "vmctl/controller/pod_view.h"
#include "vmctl/controller/report.h"

namespace windlass::vm {

struct Observation {
  VirtualMachine vm;
  kube::Json status;                     // the VM's whole status; an empty object when there is none
  const kube::Json* pod = nullptr;       // the pod named like the VM; nullptr: none
  const kube::Json* node = nullptr;      // the pod's node; nullptr: none or not known
  std::vector<std::string> mountErrors;  // of that pod, newest first
  kube::TimePoint now;
};

enum class Action {
  None,
  CreatePod,
  DeletePod,    // gracefully
  ReplacePod,   // delete one that has ended; the next one is made when it is gone
  UpdateLabels  // of the pod, see labelPatch()
};

struct Decision {
  Action action = Action::None;
  Report report;
  // The report is of a state that usually passes within seconds: it need not be written before `again` is over.
  bool passing = false;
  // Zero: nothing to do until something changes.
  std::chrono::milliseconds again{0};
};

Decision decide(const Observation& seen);

// True when a look at the pod's events may explain why it does not start.
bool wantsMountErrors(const PodView& pod, kube::TimePoint now);

}  // namespace windlass::vm
