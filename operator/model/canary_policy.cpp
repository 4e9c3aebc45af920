#include "operator/model/canary_policy.h"

#include "kube/object/meta.h"
#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

void decodeMargins(ObjectReader& reader, std::string_view field, CanaryMargins& out) {
  reader.object(field, [&](ObjectReader& fields) {
    const auto take = [&](std::string_view name, int min, int& value) {
      value = fields.integer(name, min, 10000).value_or(value);
    };
    take("failOddsPercent", 100, out.failOddsPercent);
    take("failBasisPoints", 1, out.failBasisPoints);
    take("passOddsPercent", 100, out.passOddsPercent);
    take("passBasisPoints", 1, out.passBasisPoints);
    // With enough samples a comparison must always decide.
    if (out.passOddsPercent < out.failOddsPercent) fields.error("passOddsPercent", "must not be below failOddsPercent");
    if (out.passBasisPoints < out.failBasisPoints) fields.error("passBasisPoints", "must not be below failBasisPoints");
  });
}

void decodeShares(ObjectReader& reader, CanaryPolicySpec& spec) {
  int before = 0;
  reader.objectList("steps", 16, [&](ObjectReader& fields) {
    CanaryShare share;
    if (!fields.has("basisPoints")) fields.error("basisPoints", "is missing, a whole number from 1 to 9999 is needed");
    share.basisPoints = fields.integer("basisPoints", 1, 9999).value_or(share.basisPoints);
    share.soakSeconds = fields.integer("soakSeconds", 0, 604800).value_or(share.soakSeconds);
    share.minRequests = fields.integer("minRequests", 0, 100000000).value_or(share.minRequests);
    share.errorPassBasisPoints = fields.integer("errorPassBasisPoints", 1, 10000).value_or(share.errorPassBasisPoints);
    if (share.basisPoints <= before) fields.error("basisPoints", "must be more than in the step before");
    before = share.basisPoints;
    spec.steps.push_back(share);
  });
}

void decodeSpec(ObjectReader& reader, CanaryPolicySpec& spec) {
  reader.object("match", [&](ObjectReader& fields) {
    spec.header = fields.text("header");
    spec.tenants = fields.texts("tenants", 64, 64);
  });
  decodeShares(reader, spec);
  const auto take = [&](std::string_view name, int min, int max, int& value) {
    value = reader.integer(name, min, max).value_or(value);
  };
  take("baselineSeconds", 0, 86400, spec.baselineSeconds);
  take("warmUpSeconds", 0, 3600, spec.warmUpSeconds);
  take("maxStepSeconds", 1, 604800, spec.maxStepSeconds);
  take("falseAlarmsPerMillion", 1, 500000, spec.falseAlarmsPerMillion);
  take("missesPerMillion", 1, 500000, spec.missesPerMillion);
  decodeMargins(reader, "errors", spec.errors);
  decodeMargins(reader, "latency", spec.latency);
  decodeMargins(reader, "logs", spec.logs);
  decodeMargins(reader, "peer", spec.peer);
  spec.judgeLogs = reader.flag("judgeLogs").value_or(true);
  take("allowedRestarts", 0, 1000, spec.allowedRestarts);
  take("syntheticFailures", 1, 1000, spec.syntheticFailures);
  take("unavailableSeconds", 1, 3600, spec.unavailableSeconds);
  take("startSeconds", 1, 86400, spec.startSeconds);
  spec.rollbackOnFailure = reader.choice("onFailure", {"Rollback", "Hold"}) == "Rollback";
}

}  // namespace

// Exposed for the test that compares the decoder with the CRD.
void decodeCanaryPolicySpec(const Json& value, DecodeContext& context, CanaryPolicySpec& spec) {
  ObjectReader reader(value, {"spec", "spec"}, context);
  if (value.is_object()) decodeSpec(reader, spec);
}

kube::Result<CanaryPolicySpec> decodeCanaryPolicy(const Json& object) {
  CanaryPolicySpec spec;
  DecodeContext context;
  if (const Json* value = kube::find(object, "/spec"); value != nullptr) {
    decodeCanaryPolicySpec(*value, context, spec);
  } else {
    context.add("spec", "is missing");
  }
  WINDLASS_TRY(context.status());
  return spec;
}

}  // namespace windlass::ops
