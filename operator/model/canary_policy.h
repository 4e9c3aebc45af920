#pragma once
// CanaryPolicy: what a canary must prove, and how sure one wants to be. Source of truth of the fields of the object:
// crds/canarypolicies.yaml, in whole numbers as the Kubernetes API conventions ask. Here they are what the analysis
// (operator/traffic/analysis) computes with; every default is what docs/canary.md's figures were made with.
//
// "Odds" is the odds ratio bad:good of the canary over that of the arm it is compared with; for rare events it is the
// ratio of the rates. "Difference" is the difference of the two rates, 0.01 = one request in a hundred.
#include <cstdint>
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::ops {

// A comparison rejects the canary when it is proven worse by more than *both* fail margins, and lets it go on when it
// is proven to be inside one of the pass margins. The pass margins are the wider ones, so that enough samples always
// decide.
struct ComparisonMargins {
  double failOdds = 1.5;
  double failDifference = 0.002;
  double passOdds = 2.5;
  double passDifference = 0.02;
};

struct CanaryStep {
  int basisPoints = 100;              // of the requests, 100 = 1 %; exact, whatever the number of pods
  double soakSeconds = 300;           // at least so long
  std::uint64_t minRequests = 100;    // of the canary, at least so many
  double errorPassDifference = 0.02;  // what must be proven here: the smaller the share, the less harm in a wide margin
};

struct CanaryPolicy {
  // Who meets the new revision before the first share of all requests; nobody when both are empty.
  std::string header;                // value of X-Windlass-Canary
  std::vector<std::string> tenants;  // ids of projects
  double matchSeconds = 60;          // so long; with few requests, which are not drawn by lot, only health is judged

  std::vector<CanaryStep> steps = {{100, 120, 100, 0.05}, {1000, 300, 500, 0.02}, {5000, 300, 1000, 0.01}};

  double baselineSeconds = 120;  // the stable revision is watched alone before the first step
  double warmUpSeconds = 15;     // of each step: what the first requests do (caches, connections) is not judged
  double maxStepSeconds = 7200;  // no decision by then: Inconclusive, a person decides

  // The chance that a canary which is no worse than the margins is rejected, over all steps and comparisons together,
  // however often one looks. 1 in 500.
  double alpha = 0.002;
  // The chance, for one comparison of one step, that a canary worse than the pass margins is let on.
  double passAlpha = 0.01;
  // How alpha is spread over the comparisons; within latency equally over the histogram's edges, and over the steps.
  // No fields of the object.
  double errorShare = 0.4, latencyShare = 0.3, logShare = 0.1, peerShare = 0.2;

  // passDifference of errors is the step's errorPassDifference.
  ComparisonMargins errors{1.5, 0.002, 2.5, 0.02};
  // For each edge of the latency histogram: requests that take longer than it.
  ComparisonMargins latency{2.0, 0.10, 3.0, 0.15};
  // Requests that wrote at least one line of level ERROR or above.
  ComparisonMargins logs{2.0, 0.01, 3.0, 0.05};
  bool judgeLogs = true;
  // The stable revision against the canary, and its difference against itself before: old code that cannot live with
  // what new code wrote. passOdds is not used.
  ComparisonMargins peer{2.0, 0.01, 3.0, 0.03};

  std::uint64_t allowedRestarts = 0;    // containers of the canary that ended by themselves
  std::uint64_t syntheticFailures = 4;  // in a row, while the other side passes
  double unavailableSeconds = 10;       // no canary server answers health checks, while a stable one does
  double startSeconds = 300;            // the same before the first one answered

  bool rollbackOnFailure = true;  // else the weight is 0 and a person decides
};

// Invalid with the field's name for numbers that cannot work (no steps, margins the wrong way round, shares above 1).
kube::Status checkPolicy(const CanaryPolicy& policy);

// Strict: Invalid with path, cause and remedy. Accepts nothing that checkPolicy refuses.
kube::Result<CanaryPolicy> decodeCanaryPolicy(const kube::Json& object);

}  // namespace windlass::ops
