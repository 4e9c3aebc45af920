#pragma once
// From counters to windows: the differences between two looks at each gateway pod, summed over the pods. Pure. What is
// kept from look to look is a value (toJson), so that a process that is killed loses no request and counts none twice.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"
#include "operator/traffic/analysis/window.h"
#include "operator/traffic/gateway.h"

namespace windlass::ops {

class WindowTracker {
 public:
  // APIs of one component, counted together.
  explicit WindowTracker(std::vector<std::string> apis) : apis_(std::move(apis)) {}

  // `samples` by pod name: those that answered. `seconds` since the last call. A pod that is seen for the first time
  // only sets its mark, unless it started since the last call; a process that started anew counts from zero. The first
  // call returns a window without counts. Restarts, synthetic transactions and log lines are for the caller to fill in.
  Window advance(const std::map<std::string, GatewaySample>& samples, double seconds);
  // Pods that are gone are forgotten; what they counted since the last look is lost with them.
  void keepOnly(const std::set<std::string>& pods);

  // Of one pod about 500 bytes.
  kube::Json toJson() const;
  // Invalid when it is not what toJson wrote.
  static kube::Result<WindowTracker> from(const kube::Json& json, std::vector<std::string> apis);

 private:
  struct Mark {
    std::string process;
    ApiCounters counters;
  };
  std::vector<std::string> apis_;
  std::map<std::string, Mark> marks_;
  bool first_ = true;
};

}  // namespace windlass::ops
