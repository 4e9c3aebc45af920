#pragma once
// The gateway pods of a cloud as a run sees them: what each was told, and what it counts of a steady stream of requests
// to the identity API. Thread-safe: a run asks all pods at the same time.
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "operator/reconcile/gateways.h"

namespace windlass::ops {

struct Behaviour {
  double errors = 0;  // of all requests
  int milliseconds = 20;
  double logged = 0;  // of all requests: those that write an error into the log
  bool available = true;
};

class FakeGateways {
 public:
  static constexpr const char* kApi = "identity";

  explicit FakeGateways(std::vector<std::string> pods) {
    for (std::string& pod : pods) pods_[std::move(pod)];
  }

  OpenGateway opener();
  // Requests of this time, split as the pods were told.
  void pass(double seconds);
  // Its process starts anew, from an outdated copy of the split.
  void restart(const std::string& pod);
  void reach(const std::string& pod, bool reachable) { pods_[pod].reachable = reachable; }
  TrafficSplit split(const std::string& pod) const { return pods_.at(pod).split; }
  // Each share that the pod was told, in order, without repetitions.
  std::vector<int> shares(const std::string& pod) const { return pods_.at(pod).shares; }

  double requestsPerSecond = 400;
  Behaviour stable, canary;
  std::function<void(const std::string& pod, const TrafficSplit& split)> onTold;  // while it is told

 private:
  struct Arm {
    double requests = 0, errors = 0;
    std::uint64_t timed = 0;
    ArmCounts counts;
    void add(double more, const Behaviour& behaviour);
  };
  struct Pod {
    bool reachable = true;
    int process = 1;
    double uptime = 1000;
    Arm stable, canary;
    TrafficSplit split;
    std::vector<int> shares{0};
  };
  friend class FakeGateway;

  std::mutex mutex_;
  std::map<std::string, Pod> pods_;
};

}  // namespace windlass::ops
