#pragma once
// From counters to windows: the differences between two looks at each gateway pod, summed over the pods. Pure.
#include <map>
#include <string>

#include "operator/traffic/analysis/window.h"
#include "operator/traffic/gateway.h"

namespace windlass::ops {

class WindowTracker {
 public:
  explicit WindowTracker(std::string api) : api_(std::move(api)) {}

  // `samples` by pod name: those that answered. `seconds` since the last call. A pod that is seen for the first time
  // only sets its mark, unless it started since the last call; a process that started anew counts from zero. The first
  // call returns a window without counts. Restarts, synthetic transactions and log lines are for the caller to fill in.
  Window advance(const std::map<std::string, GatewaySample>& samples, double seconds);

 private:
  struct Mark {
    std::string process;
    ApiCounters counters;
  };
  std::string api_;
  std::map<std::string, Mark> marks_;
  bool first_ = true;
};

}  // namespace windlass::ops
