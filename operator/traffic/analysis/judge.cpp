#include "operator/traffic/analysis/judge.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace windlass::ops {
namespace {

// alpha is for one comparison in one step, ready to use.
struct Levels {
  double alpha, passAlpha;
};

bool isWorse(const Comparison& seen, const ComparisonMargins& margins, double alpha) {
  // Worse by both margins: the claim "not worse" is the union of two, so rejecting each at alpha rejects it at alpha
  // (intersection-union test, Berger 1982).
  return seen.logEvidenceWorse() >= -std::log(alpha) &&
         differenceBounds(seen.canary(), seen.stable(), alpha).low > margins.failDifference;
}

bool isFine(const Comparison& seen, const ComparisonMargins& margins, double passAlpha) {
  return seen.logEvidenceBetter() >= -std::log(passAlpha / 2) ||
         differenceBounds(seen.canary(), seen.stable(), passAlpha / 2).high < margins.passDifference;
}

Decision decide(const Comparison& seen, const ComparisonMargins& margins, const Levels& levels) {
  if (isWorse(seen, margins, levels.alpha)) return Decision::Fail;
  return isFine(seen, margins, levels.passAlpha) ? Decision::Pass : Decision::Wait;
}

std::uint64_t scaled(std::uint64_t count, double factor) {
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(count) * factor));
}

// The same, had it gone on for `factor` times as long: log evidence grows with the number of windows.
Comparison prolonged(Comparison seen, double factor) {
  for (double& value : seen.worse) value *= factor;
  for (double& value : seen.better) value *= factor;
  seen.totals = {scaled(seen.totals.canaryBad, factor), scaled(seen.totals.canaryAll, factor),
                 scaled(seen.totals.stableBad, factor), scaled(seen.totals.stableAll, factor)};
  return seen;
}

// How many times as much would decide; 0 when even a thousand times as much would not.
template <class Decides>
double factorNeeded(Decides decides) {
  double low = 1, high = 2;
  while (!decides(high)) {
    low = high;
    high *= 2;
    if (high > 1024) return 0;
  }
  while (high - low > 0.02 * high) {
    const double middle = (low + high) / 2;
    (decides(middle) ? high : low) = middle;
  }
  return high;
}

std::uint64_t missing(double have, double factor) {
  return factor > 1 ? static_cast<std::uint64_t>(std::ceil(have * (factor - 1))) : 0;
}

Finding compare(std::string name, const Comparison& seen, const ComparisonMargins& margins, const Levels& levels,
                bool estimate) {
  Finding out;
  out.name = std::move(name);
  out.decision = decide(seen, margins, levels);
  out.tried = seen.canary();
  out.against = seen.stable();
  out.evidence = seen.logEvidenceWorse() / std::log(10);
  out.needed = -std::log10(levels.alpha);
  if (estimate || out.decision == Decision::Fail)
    out.difference = differenceBounds(out.tried, out.against, levels.alpha);
  if (estimate && out.decision == Decision::Wait && seen.totals.canaryAll > 0) {
    out.moreRequests = missing(out.tried.all, factorNeeded([&](double factor) {
                                 return decide(prolonged(seen, factor), margins, levels) != Decision::Wait;
                               }));
  }
  return out;
}

// Before and after are not drawn by lot, but stable and canary are: what hurts both alike (a database that fails over)
// is nobody's fault, and what the stable revision always did is not the canary's. So it must be worse than the canary
// *and* than it was.
Decision decidePeer(const Comparison& seen, const Proportion& before, const ComparisonMargins& margins,
                    const Levels& levels) {
  const Proportion now = seen.canary();
  const bool worseThanBefore = differenceBounds(now, before, levels.alpha).low > margins.failDifference;
  if (worseThanBefore && isWorse(seen, margins, levels.alpha)) return Decision::Fail;
  const bool fine = differenceBounds(now, before, levels.passAlpha).high < margins.passDifference;
  return fine ? Decision::Pass : Decision::Wait;
}

Finding comparePeer(const JudgeInput& input, const Levels& levels) {
  const Comparison& seen = input.evidence.peer;
  Finding out;
  out.name = "peer";
  out.decision = decidePeer(seen, input.peerBefore, input.policy.peer, levels);
  out.tried = seen.canary();
  out.against = input.peerBefore;
  out.evidence = seen.logEvidenceWorse() / std::log(10);
  out.needed = -std::log10(levels.alpha);
  if (input.estimate || out.decision == Decision::Fail)
    out.difference = differenceBounds(out.tried, out.against, levels.alpha);
  const double requests = seen.stable().all;  // of the canary
  if (input.estimate && out.decision == Decision::Wait && requests > 0) {
    out.moreRequests = missing(requests, factorNeeded([&](double factor) {
                                 return decidePeer(prolonged(seen, factor), input.peerBefore, input.policy.peer,
                                                   levels) != Decision::Wait;
                               }));
  }
  return out;
}

// Logs that were read less than half of the time are neither waited for nor a reason to go on.
bool logsTakePart(const JudgeInput& input) {
  return 2 * input.evidence.logSeconds >= input.judgedSeconds;
}

std::vector<Finding> compareAll(const JudgeInput& input) {
  const CanaryPolicy& policy = input.policy;
  const double alpha = policy.alpha / static_cast<double>(policy.steps.size());
  const auto levels = [&](double share) { return Levels{alpha * share, policy.passAlpha}; };
  ComparisonMargins errors = policy.errors;
  errors.passDifference = policy.steps[input.step].errorPassDifference;
  std::vector<Finding> out;
  out.push_back(compare("errors", input.evidence.errors, errors, levels(policy.errorShare), input.estimate));
  const double edgeShare = policy.latencyShare / static_cast<double>(kLatencyEdges.size());
  for (std::size_t i = 0; i < kLatencyEdges.size(); ++i) {
    out.push_back(compare(fmt::format("latency >= {} ms", kLatencyEdges[i]), input.evidence.latency[i], policy.latency,
                          levels(edgeShare), input.estimate));
  }
  if (policy.judgeLogs) {
    Finding logs = compare("logs", input.evidence.logs, policy.logs, levels(policy.logShare), input.estimate);
    if (logsTakePart(input) || logs.decision == Decision::Fail) out.push_back(std::move(logs));
  }
  out.push_back(comparePeer(input, levels(policy.peerShare)));
  return out;
}

const Finding* firstWith(const std::vector<Finding>& findings, Decision decision) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.decision == decision; });
  return found == findings.end() ? nullptr : &*found;
}

// Fills in what is still missing; false when nothing is.
bool mustWait(const JudgeInput& input, Verdict& out) {
  const CanaryStep& step = input.policy.steps[input.step];
  const Finding* waiting = firstWith(out.findings, Decision::Wait);
  const double rate = input.judgedSeconds > 0 ? static_cast<double>(out.requests) / input.judgedSeconds : 0;
  if (out.requests < step.minRequests) out.moreRequests = step.minRequests - out.requests;
  for (const Finding& finding : out.findings) {
    if (finding.decision == Decision::Wait) out.moreRequests = std::max(out.moreRequests, finding.moreRequests);
  }
  out.moreSeconds = std::max(0.0, step.soakSeconds - input.seconds);
  if (rate > 0) out.moreSeconds = std::max(out.moreSeconds, static_cast<double>(out.moreRequests) / rate);
  if (waiting != nullptr) {
    out.reason = fmt::format("too few samples: {}", waiting->text());
  } else if (out.requests < step.minRequests) {
    out.reason = fmt::format("{} of at least {} requests of the canary", out.requests, step.minRequests);
  } else if (input.seconds < step.soakSeconds) {
    out.reason = fmt::format("soaking, {:.0f} s left", out.moreSeconds);
  } else {
    return false;
  }
  return true;
}

}  // namespace

const char* toString(Decision decision) {
  switch (decision) {
    case Decision::Wait:
      return "Wait";
    case Decision::Pass:
      return "Pass";
    case Decision::Fail:
      return "Fail";
  }
  return "";
}

std::string Finding::text() const {
  std::string out = fmt::format(
      "{}: {:.0f} of {:.0f} ({:.2f} %) against {:.0f} of {:.0f} ({:.2f} %), difference {:+.2f} "
      "to {:+.2f} %",
      name, tried.bad, tried.all, 100 * tried.rate(), against.bad, against.all, 100 * against.rate(),
      100 * difference.low, 100 * difference.high);
  if (needed > 0) out += fmt::format(", e-value 10^{:.1f} (10^{:.1f} rejects)", evidence, needed);
  if (moreRequests > 0) out += fmt::format(", about {} more requests decide", moreRequests);
  return out;
}

Verdict judge(const JudgeInput& input) {
  Verdict out;
  out.findings = compareAll(input);
  out.requests = input.evidence.errors.totals.canaryAll;
  if (const Finding* worse = firstWith(out.findings, Decision::Fail); worse != nullptr) {
    out.decision = Decision::Fail;
    out.reason = worse->text();
    return out;
  }
  if (mustWait(input, out)) return out;
  out.decision = Decision::Pass;
  out.reason = fmt::format("not worse than the margins in {} comparisons, {} requests of the canary",
                           out.findings.size(), out.requests);
  return out;
}

}  // namespace windlass::ops
