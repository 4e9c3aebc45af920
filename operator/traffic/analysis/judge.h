#pragma once
// Wait, Pass or Fail, with the numbers that say why and how much is missing. Pure.
#include <string>
#include <vector>

#include "operator/traffic/analysis/evidence.h"
#include "operator/traffic/analysis/health.h"

namespace windlass::ops {

enum class Decision { Wait, Pass, Fail };
const char* toString(Decision decision);

// One comparison, with its sample size.
struct Finding {
  std::string name;  // "errors", "latency >= 200 ms", "logs", "peer"
  Decision decision = Decision::Wait;
  Proportion tried, against;  // the canary and the stable revision; for "peer" the stable revision now and before
  Bounds difference;          // of the two rates, as used to reject (all times together)
  double evidence = 0;        // log10 of the e-value against "not worse than the fail odds"
  double needed = 0;          // what rejects
  // Requests of the canary that are still missing at the rates seen so far; 0 with Wait: cannot be told yet.
  std::uint64_t moreRequests = 0;
  std::string text() const;
};

struct Verdict {
  Decision decision = Decision::Wait;
  std::vector<Finding> findings;
  std::uint64_t requests = 0;      // of the canary in this step: the sample
  std::uint64_t moreRequests = 0;  // Wait: still missing, 0 = cannot be told yet
  double moreSeconds = 0;          // Wait: the same as time at the traffic seen so far, at least what is left to soak
  std::string reason;              // one sentence
};

struct JudgeInput {
  const CanaryPolicy& policy;
  std::size_t step;      // index into policy.steps
  double seconds;        // in this step, warm-up included
  double judgedSeconds;  // that the evidence is of
  const Evidence& evidence;
  const Proportion& peerBefore;  // errors of the stable revision before the canary had requests
  bool estimate = true;          // say how much is missing and give each difference: for people, and ten times the work
};

// The comparisons alone; healthFailure comes before.
Verdict judge(const JudgeInput& input);

}  // namespace windlass::ops
