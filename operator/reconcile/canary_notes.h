#pragma once
// What a run's status holds of its canary: for people what is seen of it, and as one text what the next look goes on
// from. Plain values. Bounded: at most kMostPods gateways and pods of the component are remembered, about 20 kB in all.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"
#include "operator/render/traffic_maps.h"
#include "operator/traffic/analysis/canary.h"

namespace windlass::ops {

using kube::Json;

constexpr std::size_t kMostPods = 32;

struct UnreachedGateway {
  std::string pod, problem;
};

// How often the service's own transaction was done through one revision, and how often that failed.
struct ProbeCount {
  std::uint64_t runs = 0, failures = 0;
};

// The synthetic transactions of one canary: rounds of one Job through either revision (canary_probes.h).
struct ProbeNotes {
  std::uint64_t round = 0;   // the newest
  std::string open;          // the round in work (probeRoundName), "" = none: what it says was not counted yet
  std::int64_t begunAt = 0;  // of the newest; milliseconds since 1970
  bool left = false;         // Jobs may be there: until a list has shown that none is
  ProbeCount tried, stable;
  std::string problem;  // why the newest round had no answer, or what its failure through the canary said; ""
};

// From where on the log of each pod is to be read: pod -> nanoseconds since 1970.
using LogMarks = std::map<std::string, std::int64_t>;

struct LogNotes {
  LogMarks marks;
  bool isNoisy = false;  // the canary wrote errors before it had a request
  std::string problem;   // why the newest look at them was none, ""
};

struct CanaryNotes {
  std::string component;  // "<service>/<component>", "" = no canary was begun
  std::string stage;      // id of the plan's step
  int attempt = 0;        // of that step
  TrafficSplit split;     // what its gateways are to give it now
  bool shared = false;    // a gateway may still give it requests: until every one has said that it does not
  std::vector<UnreachedGateway> unreached;
  Json verdict = Json::object();  // the newest (verdictJson)

  CanaryState state;
  Json policy;                // spec of the CanaryPolicy as it was when the run began; null = not known
  std::int64_t lookedAt = 0;  // milliseconds since 1970, 0 = never
  Json tracker;               // WindowTracker::toJson, null = nothing was seen yet
  Json restarts;              // pod -> restarts of its containers; null = nothing was seen yet
  ProbeNotes probes;
  LogNotes logs;
};

// Value of .status.canary; null when there is nothing to say.
Json toJson(const CanaryNotes& notes);
// Invalid when it is not what toJson wrote.
kube::Result<CanaryNotes> canaryNotesFrom(const Json& json);
// Of a run's status, the split that is wanted, without understanding the rest.
TrafficSplit recordedSplit(const Json& canary);

// For people: numbers of both revisions, the sample, the odds, the evidence, the name of the test.
Json verdictJson(const Verdict& verdict);

}  // namespace windlass::ops
