#pragma once
// A gateway pod through HAProxy's runtime API. What it relies on in the configuration (charts/openstack/haproxy): for
// each API X the backends "X" (servers stable*) and "X-canary" (servers canary*; instead* are stable ones that serve
// while no canary does), the stick-table "latency" with one entry for each backend, and three map files in one folder.
#include "operator/traffic/gateway.h"
#include "operator/traffic/haproxy/runtime.h"

namespace windlass::ops::haproxy {

class GatewayDriver : public Gateway {
 public:
  GatewayDriver(std::unique_ptr<Channel> channel, std::string trafficFolder, Limits limits = {})
      : channel_(std::move(channel)), folder_(std::move(trafficFolder)), limits_(limits) {}
  kube::Result<GatewaySample> sample() override;
  kube::Result<int> converge(const std::vector<std::string>& apis, const TrafficSplits& splits) override;

 private:
  std::unique_ptr<Channel> channel_;
  std::string folder_;
  Limits limits_;
};

// Pure: what "show info", "show stat" and "show table latency" answered.
kube::Result<GatewaySample> readSample(std::string_view info, std::string_view stat, std::string_view table);
// Pure: the commands that make a map what it should be.
kube::Result<std::vector<Command>> commandsFor(const std::string& file, const MapEntries& have, const MapEntries& want);

}  // namespace windlass::ops::haproxy
