#include "operator/model/canary_policy.h"

#include <algorithm>

#include "kube/object/meta.h"
#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

constexpr double kPercent = 100, kBasisPoints = 10000, kMillion = 1e6;

// A whole number of the object as the fraction that it stands for.
void take(ObjectReader& reader, std::string_view field, int min, int max, double unit, double& value) {
  if (const auto number = reader.integer(field, min, max)) value = *number / unit;
}
void take(ObjectReader& reader, std::string_view field, int min, int max, std::uint64_t& value) {
  if (const auto number = reader.integer(field, min, max)) value = static_cast<std::uint64_t>(*number);
}

enum class PassBy { Both, Odds, Difference };

void decodeMargins(ObjectReader& reader, std::string_view field, PassBy by, ComparisonMargins& out) {
  reader.object(field, [&](ObjectReader& fields) {
    take(fields, "failOddsPercent", 100, 10000, kPercent, out.failOdds);
    take(fields, "failBasisPoints", 1, 10000, kBasisPoints, out.failDifference);
    if (by != PassBy::Difference) take(fields, "passOddsPercent", 101, 10000, kPercent, out.passOdds);
    if (by != PassBy::Odds) take(fields, "passBasisPoints", 1, 9999, kBasisPoints, out.passDifference);
  });
}

void decodeSteps(ObjectReader& reader, CanaryPolicy& policy) {
  std::vector<CanaryStep> steps;
  reader.objectList("steps", 16, [&](ObjectReader& fields) {
    CanaryStep step;
    if (!fields.has("basisPoints")) fields.error("basisPoints", "is missing, a whole number from 1 to 9900 is needed");
    step.basisPoints = fields.integer("basisPoints", 1, 9900).value_or(step.basisPoints);
    take(fields, "soakSeconds", 0, 604800, 1, step.soakSeconds);
    take(fields, "minRequests", 0, 100000000, step.minRequests);
    take(fields, "errorPassBasisPoints", 1, 9999, kBasisPoints, step.errorPassDifference);
    steps.push_back(step);
  });
  if (!steps.empty()) policy.steps = std::move(steps);
}

// What the gateway's runtime API takes as a key (see Command of operator/traffic).
bool isKey(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.:@").find(c) != std::string_view::npos;
  });
}

void decodeMatch(ObjectReader& fields, CanaryPolicy& policy) {
  policy.header = fields.text("header", {.maxLength = 64});
  if (!isKey(policy.header)) fields.error("header", "must consist of letters, digits and -_.:@");
  if (policy.header == "never") fields.error("header", "\"never\" is the value for requests that shall not meet it");
  policy.tenants = fields.texts("tenants", 64, 64);
  if (!std::all_of(policy.tenants.begin(), policy.tenants.end(), isKey))
    fields.error("tenants", "must consist of letters, digits and -_.:@");
  take(fields, "soakSeconds", 0, 604800, 1, policy.matchSeconds);
}

void decodeSpec(ObjectReader& reader, CanaryPolicy& policy) {
  reader.object("match", [&](ObjectReader& fields) { decodeMatch(fields, policy); });
  decodeSteps(reader, policy);
  take(reader, "baselineSeconds", 0, 86400, 1, policy.baselineSeconds);
  take(reader, "warmUpSeconds", 0, 3600, 1, policy.warmUpSeconds);
  take(reader, "maxStepSeconds", 1, 604800, 1, policy.maxStepSeconds);
  take(reader, "falseAlarmsPerMillion", 1, 499999, kMillion, policy.alpha);
  take(reader, "missesPerMillion", 1, 499999, kMillion, policy.passAlpha);
  decodeMargins(reader, "errors", PassBy::Odds, policy.errors);
  decodeMargins(reader, "latency", PassBy::Both, policy.latency);
  decodeMargins(reader, "logs", PassBy::Both, policy.logs);
  decodeMargins(reader, "peer", PassBy::Difference, policy.peer);
  policy.judgeLogs = reader.flag("judgeLogs").value_or(policy.judgeLogs);
  take(reader, "allowedRestarts", 0, 1000, policy.allowedRestarts);
  take(reader, "syntheticFailures", 1, 1000, policy.syntheticFailures);
  take(reader, "unavailableSeconds", 1, 3600, 1, policy.unavailableSeconds);
  take(reader, "startSeconds", 1, 86400, 1, policy.startSeconds);
  policy.rollbackOnFailure = reader.choice("onFailure", {"Rollback", "Hold"}) == "Rollback";
}

using Problems = std::vector<FieldError>;

void checkMargins(const std::string& name, const ComparisonMargins& margins, PassBy by, Problems& out) {
  if (by != PassBy::Difference && (margins.failOdds < 1 || margins.passOdds <= margins.failOdds)) {
    out.push_back({name + ".passOddsPercent",
                   "must be above failOddsPercent, and that at least 100, or some canary is never decided"});
  }
  if (by != PassBy::Odds &&
      (margins.failDifference < 0 || margins.passDifference <= margins.failDifference || margins.passDifference >= 1)) {
    out.push_back(
        {name + ".passBasisPoints", "must lie between failBasisPoints and 10000, or some canary is never decided"});
  }
}

void checkSteps(const CanaryPolicy& policy, Problems& out) {
  if (policy.steps.empty()) out.push_back({"steps", "at least one is needed"});
  for (std::size_t i = 0; i < policy.steps.size(); ++i) {
    const CanaryStep& step = policy.steps[i];
    const std::string name = "steps[" + std::to_string(i) + "]";
    if (step.basisPoints < 1 || step.basisPoints > 9900)
      out.push_back({name + ".basisPoints", "must lie between 1 and 9900, something must be left to compare with"});
    if (i > 0 && step.basisPoints <= policy.steps[i - 1].basisPoints)
      out.push_back({name + ".basisPoints", "must be more than in the step before"});
    if (step.errorPassDifference <= policy.errors.failDifference || step.errorPassDifference >= 1) {
      out.push_back({name + ".errorPassBasisPoints",
                     "must lie between errors.failBasisPoints and 10000, or some canary is never decided"});
    }
  }
}

Problems problemsOf(const CanaryPolicy& policy) {
  Problems out;
  checkSteps(policy, out);
  checkMargins("errors", policy.errors, PassBy::Odds, out);
  checkMargins("latency", policy.latency, PassBy::Both, out);
  checkMargins("logs", policy.logs, PassBy::Both, out);
  checkMargins("peer", policy.peer, PassBy::Difference, out);
  const std::vector<double> shares = {policy.errorShare, policy.latencyShare, policy.logShare, policy.peerShare};
  double sum = 0;
  for (const double share : shares) {
    if (!(share > 0)) out.push_back({"errorShare, latencyShare, logShare, peerShare", "each must be above 0"});
    sum += share;
  }
  if (sum > 1 + 1e-9) out.push_back({"errorShare, latencyShare, logShare, peerShare", "together more than 1"});
  for (const double alpha : {policy.alpha, policy.passAlpha}) {
    if (!(alpha > 0 && alpha < 0.5)) out.push_back({"alpha, passAlpha", "must lie between 0 and 0.5"});
  }
  if (policy.syntheticFailures == 0) out.push_back({"syntheticFailures", "must be at least 1"});
  return out;
}

}  // namespace

kube::Status checkPolicy(const CanaryPolicy& policy) {
  const Problems problems = problemsOf(policy);
  if (problems.empty()) return {};
  return kube::fail(kube::ErrorKind::Invalid, problems.front().path + ": " + problems.front().message);
}

// Exposed for the test that compares the decoder with the CRD.
void decodeCanaryPolicySpec(const Json& value, DecodeContext& context, CanaryPolicy& policy) {
  ObjectReader reader(value, {"spec", "spec"}, context);
  if (!value.is_object()) return;
  decodeSpec(reader, policy);
  for (FieldError& problem : problemsOf(policy)) context.add("spec." + problem.path, std::move(problem.message));
}

kube::Result<CanaryPolicy> decodeCanaryPolicy(const Json& object) {
  CanaryPolicy policy;
  DecodeContext context;
  if (const Json* value = kube::find(object, "/spec"); value != nullptr) {
    decodeCanaryPolicySpec(*value, context, policy);
  } else {
    context.add("spec", "is missing");
  }
  WINDLASS_TRY(context.status());
  return policy;
}

}  // namespace windlass::ops
