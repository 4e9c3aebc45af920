#pragma once
// plan(catalog, cloud, to, observed): one hop of one cloud, step by step. Pure: no I/O, no clock; the same input gives
// the same plan. Time and memory grow linearly with the number of hosts.
#include <optional>

#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/plan/plan.h"

namespace windlass::ops {

// What is known of a running cloud. Anything absent becomes an assumption of the plan and is asked in its preflight.
struct CloudFacts {
  std::vector<std::string> hosts;             // of agents, in the order in which they shall follow
  std::map<std::string, int> serviceRecords;  // name of the record -> lowest version seen
  std::optional<std::string> runningRelease;  // when it differs from the spec, nothing is planned
};

struct PlanRequest {
  std::string from;  // "" = the cloud's spec.release
  std::string to;
  std::string imageRegistry = "windlass.dev";
  // Without it APIs roll at once: for whoever carries the plan out and cannot judge a share of requests.
  bool canary = true;
};

// Invalid with the reason and the legal route, or with the field to change, when this hop cannot be planned.
kube::Result<UpgradePlan> plan(const Catalog& catalog, const OpenStackCloud& cloud, const PlanRequest& request,
                               const CloudFacts& observed);

// The hop with all that the hops it unites hold. Invalid when it is forbidden or unknown, naming the legal route.
kube::Result<Hop> findHop(const Catalog& catalog, const std::string& from, const std::string& to);

// Releases from `from` to `to` with the fewest legal hops, both ends included; empty when there is no way.
std::vector<std::string> legalRoute(const Catalog& catalog, const std::string& from, const std::string& to);

}  // namespace windlass::ops
