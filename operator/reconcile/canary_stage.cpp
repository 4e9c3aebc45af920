#include "operator/reconcile/canary_stage.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/execute/components.h"

namespace windlass::ops {
namespace {

bool isShare(const Step& step) {
  return !step.with.contains("header");
}

TrafficSplit splitOf(const CanaryPolicy& policy, const CanaryState& state) {
  if (!takesChosen(state)) return {};
  TrafficSplit out{basisPointsOf(policy, state), {}, policy.tenants};
  if (!policy.header.empty()) out.headers = {policy.header};
  return out;
}

// What was found, with the numbers; the comparisons that say nothing (no bad request on either side) are left out.
std::string evidenceOf(const Verdict& verdict, const std::string& share) {
  std::string out = fmt::format("{}; {}", share, verdict.reason);
  if (verdict.findings.empty()) return out;
  out += fmt::format("; mixture sequential probability ratio test of the odds ratio, {} requests of the canary",
                     verdict.requests);
  for (const Finding& finding : verdict.findings) {
    const bool says = finding.tried.bad > 0 || finding.against.bad > 0 || finding.name == "errors";
    if (says && finding.text() != verdict.reason) out += "; " + finding.text();
  }
  return out;
}

std::string also(const std::string& text) {
  return text.empty() ? "" : "; " + text;
}

// Logs that take no part in a verdict are missed in it.
std::string missedLogs(const Verdict& verdict, const std::string& why) {
  const bool takePart = std::any_of(verdict.findings.begin(), verdict.findings.end(),
                                    [](const Finding& finding) { return finding.name == "logs"; });
  if (verdict.findings.empty() || takePart) return "";
  return "; logs take no part: " + (why.empty() ? "most of the time they could not be read" : why);
}

std::string howToDecide(const TrialStage& stage) {
  return fmt::format(
      "a person decides: windlass upgrade acknowledge passes {} without a verdict, windlass upgrade rollback takes "
      "everything back",
      stage.id);
}

}  // namespace

TrialStage stageOf(const UpgradePlan& plan, const Step& step) {
  TrialStage out{step.id, componentOf(step), std::nullopt, true};
  std::size_t shares = 0;
  bool after = false;
  for (const Step& other : plan.steps) {
    if (other.kind != StepKind::Canary || componentOf(other) != out.component) continue;
    if (after) out.last = false;
    after = after || other.id == step.id;
    if (!after && isShare(other)) ++shares;
  }
  if (isShare(step)) out.share = shares;
  return out;
}

bool isPassed(const TrialStage& stage, const CanaryState& state) {
  if (state.phase == CanaryPhase::Passed) return true;
  if (stage.last || state.phase == CanaryPhase::Baseline) return false;
  return stage.share ? state.step > *stage.share : state.phase == CanaryPhase::Step;
}

bool isAcknowledged(const TrialStage& stage, const UpgradeRunSpec& spec) {
  const std::string all = stage.id.substr(0, stage.id.rfind('/'));
  return std::any_of(spec.acknowledged.begin(), spec.acknowledged.end(),
                     [&](const std::string& said) { return said == stage.id || said == all; });
}

CanaryState passedByPerson(const CanaryPolicy& policy, const TrialStage& stage, CanaryState state) {
  while (!isPassed(stage, state)) state = passWithoutVerdict(policy, std::move(state));
  return state;
}

Sight judgeLook(const CanaryLookInput& in, CanaryNotes& notes) {
  const std::string share = shareText(notes.split);
  CanaryProgress progress = observe(in.policy, std::move(notes.state), in.window, {.hold = in.hold});
  notes.state = std::move(progress.state);
  notes.split = splitOf(in.policy, notes.state);
  notes.shared = notes.shared || !(notes.split == TrafficSplit{});
  const Verdict& verdict = progress.verdict;
  if (!verdict.reason.empty()) notes.verdict = verdictJson(verdict);
  const std::string missed = in.policy.judgeLogs ? missedLogs(verdict, in.unread) : "";
  if (notes.state.phase == CanaryPhase::Failed)
    return {OutcomeKind::Bad, 0, evidenceOf(verdict, share) + missed + also(in.probes) + also(in.trouble),
            !in.policy.rollbackOnFailure};
  if (!in.hold && isPassed(in.stage, notes.state))
    return {OutcomeKind::Succeeded, 0, evidenceOf(verdict, share) + missed + also(in.probes)};
  std::string text = fmt::format("{}; {}", share, kube::stringAt(notes.verdict, "/reason"));
  if (notes.state.phase == CanaryPhase::Inconclusive) text += "; " + howToDecide(in.stage);
  if (in.hold) text += "; paused: it is judged, and stays in this stage until resume";
  return {OutcomeKind::Running, 0, text + missed + also(in.probes) + also(in.trouble)};
}

std::string shareText(const TrafficSplit& split) {
  if (split.canaryBasisPoints > 0) return fmt::format("{} % of requests", split.canaryBasisPoints / 100.0);
  return split == TrafficSplit{} ? "no requests yet" : "chosen requests only";
}

}  // namespace windlass::ops
