#pragma once
// All gateway pods of a cloud, asked at the same time: one that hangs delays none of the others.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/reconcile/observe.h"
#include "operator/traffic/gateway.h"

namespace windlass::ops {

// The way to one gateway pod; thread-safe, what it returns is used by one thread.
using OpenGateway = std::function<std::unique_ptr<Gateway>(const kube::ObjectKey& pod, const std::string& folder)>;

struct GatewayPod {
  kube::ObjectKey key;
  bool ready = false;  // one that is not gets no new requests
};

// How to tell gateway pods among others, from the catalog.
struct GatewayKind {
  std::string service, component, trafficFolder;
};
// nullopt: the release has no gateway that splits traffic.
std::optional<GatewayKind> gatewayOf(const Catalog& catalog, const std::string& release);

// Pure: those that run and do not end, at most kMostPods.
std::vector<GatewayPod> gatewayPods(const std::vector<Json>& pods, const GatewayKind& kind);

// Service types behind the gateway: of one component ("<service>/<component>"), and of the whole cloud.
std::vector<std::string> apisOf(const Catalog& catalog, const std::string& component);
std::vector<std::string> apisOf(const Catalog& catalog, const OpenStackCloud& cloud);

struct GatewayQuestion {
  std::vector<std::string> apis;
  TrafficSplits splits;  // what each is to be told
  bool sample = false;   // ask for its counters before
};

struct GatewayAnswer {
  std::optional<GatewaySample> sample;
  std::string problem;  // "" = it splits as it was told
};

// By pod name. Blocks as long as the slowest takes (a few seconds at most); a thread for each.
std::map<std::string, GatewayAnswer> askGateways(const OpenGateway& open, const std::vector<GatewayPod>& pods,
                                                 const std::string& trafficFolder, const GatewayQuestion& question);

}  // namespace windlass::ops
