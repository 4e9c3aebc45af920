#pragma once
// The status of an UpgradeRun as people read it, around the run itself. Pure.
#include <string>

#include "kube/object/conditions.h"
#include "operator/execute/run.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// What is not in the run.
struct RunNotes {
  int resumed = 0;                           // value of spec.resume that was answered last
  std::string waitingFor;                    // ""
  std::string refusal;                       // why something that was asked for is not granted, ""
  std::string refusalReason = "NotGranted";  // CamelCase
  kube::Json canary;                         // canary_notes.h; null when there is nothing to say
};

RunNotes notesOf(const kube::Json& object);

// The complete .status of `object`, whose conditions keep their times. Deterministic.
kube::Json runStatusOf(const kube::Json& object, const UpgradePlan& plan, const Run& run, const RunNotes& notes,
                       kube::TimePoint now);
// Of a run whose plan cannot be read, or that cannot be understood: what was recorded stays.
kube::Json refusedStatusOf(const kube::Json& object, const std::string& reason, const std::string& message,
                           kube::TimePoint now);

}  // namespace windlass::ops
