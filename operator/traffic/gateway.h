#pragma once
// One gateway pod, as the rest of the operator sees it: what it counts, and how it splits traffic.
//
// Threads: one at a time. Errors are those of the way to it (Timeout, Unavailable, Transport) and Decode.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kube/object/resource.h"
#include "kube/object/result.h"
#include "operator/render/traffic_maps.h"
#include "operator/traffic/analysis/window.h"

namespace windlass::kube {
class RestClient;
}

namespace windlass::ops {

// Counted since the process started.
struct ApiCounters {
  ArmCounts stable, canary;
  bool stableAvailable = false, canaryAvailable = false;
};

struct GatewaySample {
  std::string process;  // changes when the process does, and with it all counters begin anew
  double uptimeSeconds = 0;
  std::map<std::string, ApiCounters> apis;  // by service type
};

class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual kube::Result<GatewaySample> sample() = 0;
  // Makes the split of all these APIs what is asked for, without a reload; APIs that `splits` does not name get no
  // canary. Only what differs is changed; the number of changes.
  virtual kube::Result<int> converge(const std::vector<std::string>& apis, const TrafficSplits& splits) = 0;
};

// Through pods/exec; the client must outlive it. Defined by the driver's room.
std::unique_ptr<Gateway> makeGateway(kube::RestClient& client, const kube::ObjectKey& pod,
                                     const std::string& trafficFolder);

}  // namespace windlass::ops
