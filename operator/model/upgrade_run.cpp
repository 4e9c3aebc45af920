#include "operator/model/upgrade_run.h"

#include <algorithm>

#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

bool isHash(const std::string& text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 64 && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string::npos;
}

void decodeSpec(ObjectReader& reader, UpgradeRunSpec& spec) {
  spec.plan = reader.text("plan", {.required = true});
  spec.approvedHash = reader.text("approvedHash", {.required = true});
  if (!spec.approvedHash.empty() && !isHash(spec.approvedHash)) {
    reader.error("approvedHash", "must be sha256: and 64 hex digits, as windlass plan prints it");
  }
  const std::string state = reader.choice("state", {"Running", "Paused", "RolledBack", "Restored"});
  if (state == "Paused") spec.state = WantedState::Paused;
  if (state == "RolledBack") spec.state = WantedState::RolledBack;
  if (state == "Restored") spec.state = WantedState::Restored;
  spec.resume = reader.integer("resume", 0, 1000000).value_or(0);
  spec.contractApproved = reader.flag("contractApproved").value_or(false);
  spec.acknowledged = reader.texts("acknowledged", 64);
  spec.canaryPolicy = reader.text("canaryPolicy");
}

}  // namespace

// Exposed for the test that compares the decoder with the CRD.
void decodeUpgradeRunSpec(const Json& value, DecodeContext& context, UpgradeRunSpec& spec) {
  ObjectReader reader(value, {"spec", "spec"}, context);
  if (value.is_object()) decodeSpec(reader, spec);
}

kube::Result<UpgradeRunObject> decodeUpgradeRun(const Json& object) {
  UpgradeRunObject run;
  run.key = kube::keyOf(object);
  run.uid = kube::uidOf(object);
  run.generation = kube::generationOf(object);
  DecodeContext context;
  if (const Json* spec = kube::find(object, "/spec"); spec != nullptr) {
    decodeUpgradeRunSpec(*spec, context, run.spec);
  } else {
    context.add("spec", "is missing");
  }
  WINDLASS_TRY(context.status());
  return run;
}

}  // namespace windlass::ops
