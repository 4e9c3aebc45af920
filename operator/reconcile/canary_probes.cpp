#include "operator/reconcile/canary_probes.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/reconcile/upgrade_sight.h"

namespace windlass::ops {
namespace {

// From the beginning of one round to that of the next: four in a row that fail, the default of the policy, take less
// time than the stages before a tenth of the requests.
constexpr std::int64_t kProbeInterval = 20'000;
// More than the deadline of a Job: what has not ended then never will, or nobody can tell how.
constexpr std::int64_t kLongestRound = 150'000;
constexpr std::size_t kMostSaid = 256;

const Json* jobNamed(const ProbeSight& seen, const std::string& name) {
  const auto found =
      std::find_if(seen.jobs.begin(), seen.jobs.end(), [&](const Json& job) { return kube::nameOf(job) == name; });
  return found == seen.jobs.end() ? nullptr : &*found;
}

Sight endOfSide(const ProbeSight& seen, const ProbeNotes& notes, ProbeWay way) {
  const std::string name = probeJobName(notes.open, way);
  const Json* job = jobNamed(seen, name);
  if (job == nullptr) return {OutcomeKind::Running, 0, "Job " + name + " is not there yet"};
  return jobSight(*job, seen.pods);
}

void count(const Sight& end, ProbeCount& all, ArmHealth& health) {
  if (end.outcome != OutcomeKind::Succeeded) return;
  const std::uint64_t failures = end.exitCode == 0 ? 0 : 1;
  ++all.runs;
  all.failures += failures;
  ++health.syntheticRuns;
  health.syntheticFailures += failures;
}

std::string problemOf(const Sight& tried, const Sight& stable) {
  std::string out;
  const auto add = [&](const char* side, const Sight& end) {
    if (end.outcome == OutcomeKind::Succeeded && end.exitCode == 0) return;
    const char* what = end.outcome == OutcomeKind::Succeeded ? "failed" : "had no answer";
    out += fmt::format("{}the newest through {} {}: {}", out.empty() ? "" : "; ", side, what,
                       end.text.substr(0, kMostSaid));
  };
  add("the canary", tried);
  add("the stable revision", stable);
  return out;
}

}  // namespace

void hearProbes(const ProbeSight& seen, std::int64_t now, ProbeNotes& notes, Window& window) {
  if (notes.open.empty()) return;
  const Sight tried = endOfSide(seen, notes, ProbeWay::Tried), stable = endOfSide(seen, notes, ProbeWay::Stable);
  const bool bothEnded = tried.outcome != OutcomeKind::Running && stable.outcome != OutcomeKind::Running;
  if (!bothEnded && now - notes.begunAt < kLongestRound) return;
  count(tried, notes.tried, window.canary.health);
  count(stable, notes.stable, window.stable.health);
  notes.problem = problemOf(tried, stable);
  notes.open.clear();
}

bool isProbeDue(const ProbeSight& seen, std::int64_t now, const ProbeNotes& notes) {
  return notes.open.empty() && seen.empty() && (notes.round == 0 || now - notes.begunAt >= kProbeInterval);
}

std::string probeText(const ProbeNotes& notes) {
  if (notes.round == 0) return "";
  const std::string counts =
      fmt::format("synthetic transactions: {} of {} failed through the canary, {} of {} through the stable revision",
                  notes.tried.failures, notes.tried.runs, notes.stable.failures, notes.stable.runs);
  return notes.problem.empty() ? counts : counts + " (" + notes.problem + ")";
}

}  // namespace windlass::ops
