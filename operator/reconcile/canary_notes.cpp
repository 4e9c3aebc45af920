#include "operator/reconcile/canary_notes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/model/canary_policy.h"
#include "operator/traffic/analysis/state_json.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostText = 1024;

std::int64_t whole(double value) {
  return std::isfinite(value) ? std::llround(value) : 0;
}

// Of bad to good; "" where one of the two has no bad or no good requests.
std::string oddsOf(const Finding& finding) {
  const double canaryGood = finding.tried.all - finding.tried.bad,
               stableGood = finding.against.all - finding.against.bad;
  if (finding.tried.bad <= 0 || finding.against.bad <= 0 || canaryGood <= 0 || stableGood <= 0) return "";
  return fmt::format("{:.2f}", finding.tried.bad / canaryGood / (finding.against.bad / stableGood));
}

std::vector<std::string> textsAt(const Json& json, std::string_view pointer) {
  std::vector<std::string> out;
  const Json* list = kube::find(json, pointer);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : *list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

Json keptProbes(const ProbeNotes& probes) {
  return {{"round", probes.round}, {"open", probes.open}, {"begunAt", probes.begunAt}, {"left", probes.left}};
}

std::uint64_t countAt(const Json& json, std::string_view pointer) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(kube::intAt(json, pointer), 0));
}

// Both what is kept for the next look and what people read.
ProbeNotes probesFrom(const Json& kept, const Json& shown) {
  ProbeNotes out;
  out.round = countAt(kept, "/round");
  out.open = kube::stringAt(kept, "/open");
  out.begunAt = kube::intAt(kept, "/begunAt");
  out.left = kept.is_object() && kept.value("left", Json()) == true;
  out.tried = {countAt(shown, "/runs"), countAt(shown, "/failures")};
  out.stable = {countAt(shown, "/stableRuns"), countAt(shown, "/stableFailures")};
  out.problem = kube::stringAt(shown, "/problem");
  return out;
}

Json shownProbes(const ProbeNotes& probes) {
  Json out = {{"runs", probes.tried.runs},
              {"failures", probes.tried.failures},
              {"stableRuns", probes.stable.runs},
              {"stableFailures", probes.stable.failures}};
  if (!probes.problem.empty()) out["problem"] = probes.problem.substr(0, kMostText);
  return out;
}

Json keptLogs(const LogNotes& logs) {
  return {{"marks", logs.marks}, {"noisy", logs.isNoisy}, {"problem", logs.problem.substr(0, kMostText)}};
}

LogNotes logsFrom(const Json& kept) {
  LogNotes out;
  const Json* marks = kube::find(kept, "/marks");
  if (marks != nullptr && marks->is_object()) {
    for (const auto& [pod, mark] : marks->items()) {
      if (mark.is_number_integer()) out.marks[pod] = mark.get<std::int64_t>();
    }
  }
  out.isNoisy = kept.is_object() && kept.value("noisy", Json()) == true;
  out.problem = kube::stringAt(kept, "/problem");
  return out;
}

std::string keptOf(const CanaryNotes& notes) {
  return Json{{"state", toJson(notes.state)}, {"policy", notes.policy},     {"lookedAt", notes.lookedAt},
              {"tracker", notes.tracker},     {"restarts", notes.restarts}, {"probes", keptProbes(notes.probes)},
              {"logs", keptLogs(notes.logs)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

kube::Status readKept(const std::string& text, const Json& shown, CanaryNotes& notes) {
  const Json kept = Json::parse(text, nullptr, false);
  if (!kept.is_object()) return kube::fail(kube::ErrorKind::Invalid, "status.canary.kept: is not JSON");
  notes.policy = kept.value("policy", Json());
  notes.lookedAt = kube::intAt(kept, "/lookedAt");
  notes.tracker = kept.value("tracker", Json());
  notes.restarts = kept.value("restarts", Json());
  notes.probes = probesFrom(kept.value("probes", Json()), shown);
  notes.logs = logsFrom(kept.value("logs", Json()));
  if (notes.policy.is_null()) return {};
  WINDLASS_TRY_ASSIGN(const CanaryPolicy policy, decodeCanaryPolicy({{"spec", notes.policy}}));
  WINDLASS_TRY_ASSIGN(notes.state, canaryStateFrom(kept.value("state", Json()), policy.steps.size()));
  return {};
}

}  // namespace

Json toJson(const CanaryNotes& notes) {
  if (notes.component.empty() && notes.policy.is_null()) return nullptr;
  Json out = {{"basisPoints", notes.split.canaryBasisPoints}, {"kept", keptOf(notes)}};
  if (!notes.component.empty()) {
    out["component"] = notes.component;
    out["stage"] = notes.stage;
    out["attempt"] = notes.attempt;
    out["phase"] = toString(notes.state.phase);
  }
  if (!notes.split.headers.empty()) out["headers"] = notes.split.headers;
  if (!notes.split.tenants.empty()) out["tenants"] = notes.split.tenants;
  if (notes.shared) out["shared"] = true;
  if (!notes.verdict.empty()) out["verdict"] = notes.verdict;
  if (notes.probes.round > 0) out["synthetic"] = shownProbes(notes.probes);
  for (const UnreachedGateway& gateway : notes.unreached)
    out["unreached"].push_back({{"pod", gateway.pod}, {"problem", gateway.problem.substr(0, kMostText)}});
  return out;
}

TrafficSplit recordedSplit(const Json& canary) {
  TrafficSplit out;
  out.canaryBasisPoints = static_cast<int>(std::clamp<std::int64_t>(kube::intAt(canary, "/basisPoints"), 0, 10000));
  out.headers = textsAt(canary, "/headers");
  out.tenants = textsAt(canary, "/tenants");
  return out;
}

kube::Result<CanaryNotes> canaryNotesFrom(const Json& json) {
  CanaryNotes notes;
  if (json.is_null()) return notes;
  notes.component = kube::stringAt(json, "/component");
  notes.stage = kube::stringAt(json, "/stage");
  notes.attempt = static_cast<int>(kube::intAt(json, "/attempt"));
  notes.split = recordedSplit(json);
  if (const Json* shared = kube::find(json, "/shared"); shared != nullptr) notes.shared = *shared == true;
  if (const Json* verdict = kube::find(json, "/verdict"); verdict != nullptr && verdict->is_object())
    notes.verdict = *verdict;
  if (const Json* list = kube::find(json, "/unreached"); list != nullptr && list->is_array()) {
    for (const Json& one : *list)
      notes.unreached.push_back({kube::stringAt(one, "/pod"), kube::stringAt(one, "/problem")});
  }
  const Json* probes = kube::find(json, "/synthetic");
  WINDLASS_TRY(readKept(kube::stringAt(json, "/kept"), probes == nullptr ? Json() : *probes, notes));
  return notes;
}

Json verdictJson(const Verdict& verdict) {
  Json findings = Json::array();
  for (const Finding& finding : verdict.findings) {
    Json one = {{"name", finding.name},
                {"decision", toString(finding.decision)},
                {"bad", whole(finding.tried.bad)},
                {"requests", whole(finding.tried.all)},
                {"againstBad", whole(finding.against.bad)},
                {"againstRequests", whole(finding.against.all)},
                {"evidence", fmt::format("10^{:.1f}", finding.evidence)},
                {"rejects", fmt::format("10^{:.1f}", finding.needed)}};
    if (const std::string odds = oddsOf(finding); !odds.empty()) one["odds"] = odds;
    findings.push_back(std::move(one));
  }
  Json out = {{"decision", toString(verdict.decision)},
              {"reason", verdict.reason.substr(0, kMostText)},
              {"requests", verdict.requests},
              {"moreRequests", verdict.moreRequests},
              {"moreSeconds", whole(verdict.moreSeconds)}};
  if (!findings.empty()) {
    out["test"] = "mixture sequential probability ratio test of the odds ratio";
    out["findings"] = std::move(findings);
  }
  return out;
}

}  // namespace windlass::ops
