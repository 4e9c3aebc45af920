#pragma once
// Counting unasked ends of a guest and pausing before the next start, as the kubelet does for containers
// (CrashLoopBackOff: 10 s doubled up to 5 min, forgotten after 10 min of running). The count lives in status.restarts,
// so that it survives the controller. Pure.
#include <chrono>
#include <cstdint>
#include <string>

#include "kube/object/json.h"
#include "vmctl/controller/pod_view.h"

namespace windlass::vm {

struct Restarts {
  std::int64_t total = 0;
  std::int64_t inARow = 0;
  std::string lastPodUid;
  kube::TimePoint lastEnd;
  std::string lastReason;
};

Restarts restartsOf(const kube::Json& status);
kube::Json toJson(const Restarts& restarts);  // null when nothing was ever counted

// Adds the end of the pod `uid`, once: a second call with the same pod changes nothing.
Restarts counted(Restarts before, const std::string& uid, const PodEnd& end);

// The pause after the last end: none after the first, then 10 s, 20 s, ... 5 min.
std::chrono::seconds pauseBeforeStart(const Restarts& restarts);

}  // namespace windlass::vm
