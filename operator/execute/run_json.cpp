#include "operator/execute/run_json.h"

#include <optional>

#include "operator/execute/describe.h"
#include "operator/execute/step_machine.h"
#include "operator/model/decode.h"

namespace windlass::ops {
namespace {

using kube::Json;

constexpr std::size_t kMaxSteps = 5000;
constexpr std::size_t kEvidence = 4096;

template <class Enum>
std::vector<std::string> namesUpTo(Enum last) {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.emplace_back(toString(static_cast<Enum>(i)));
  return names;
}

template <class Enum>
Enum enumOf(ObjectReader& reader, std::string_view field, Enum last) {
  const std::vector<std::string> names = namesUpTo(last);
  const std::string name = reader.choice(field, names, true);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return static_cast<Enum>(0);
}

std::int64_t secondsOf(ObjectReader& reader, std::string_view field) {
  const Json* value = reader.take(field);
  if (value == nullptr) return 0;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  reader.error(field, "must be whole seconds since 1970");
  return 0;
}

Json stepJson(const std::string& id, const StepRecord& record) {
  Json out = {{"id", id},
              {"status", toString(record.status)},
              {"attempt", record.attempt},
              {"firstAttempt", record.firstAttempt}};
  if (record.touched) out["touched"] = true;
  if (record.halfApplied) out["halfApplied"] = true;
  if (record.cancelled) out["cancelled"] = true;
  if (record.exitCode != 0) out["exitCode"] = record.exitCode;
  if (record.begun != 0) out["begun"] = record.begun;
  if (record.ended != 0) out["ended"] = record.ended;
  if (!record.evidence.empty()) out["evidence"] = record.evidence.substr(0, kEvidence);
  return out;
}

bool isFresh(const StepRecord& record) {
  return record.status == StepStatus::Pending && record.attempt == 0;
}

StepRecord decodeRecord(ObjectReader& fields) {
  StepRecord record;
  record.status = enumOf(fields, "status", StepStatus::Undone);
  record.attempt = fields.integer("attempt", 0, 1000000).value_or(0);
  record.firstAttempt = fields.integer("firstAttempt", 1, 1000000).value_or(1);
  record.touched = fields.flag("touched").value_or(false);
  record.halfApplied = fields.flag("halfApplied").value_or(false);
  record.cancelled = fields.flag("cancelled").value_or(false);
  record.exitCode = fields.integer("exitCode", 0, 255).value_or(0);
  record.begun = secondsOf(fields, "begun");
  record.ended = secondsOf(fields, "ended");
  record.evidence = fields.text("evidence", {.maxLength = kEvidence});
  return record;
}

std::optional<std::size_t> indexOf(const UpgradePlan& plan, const std::string& id) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].id == id) return i;
  }
  return std::nullopt;
}

void decodeRun(ObjectReader& reader, const UpgradePlan& plan, Run& run) {
  static_cast<void>(reader.take("observedGeneration"));
  for (const char* shown : {"phase", "message", "actions", "conditions", "waitingFor", "resumed", "canary"})
    static_cast<void>(reader.take(shown));
  if (const std::string hash = reader.text("planHash", {.required = true}); hash != run.planHash) {
    reader.error("planHash", "is of another plan, this one's is " + run.planHash);
  }
  run.mode = enumOf(reader, "mode", RunMode::Done);
  if (const std::string at = reader.text("cursor"); at.empty()) {
    run.cursor = plan.steps.size();
  } else if (const auto index = indexOf(plan, at)) {
    run.cursor = *index;
  } else {
    reader.error("cursor", "the plan has no step " + inQuotes(at));
  }
  run.pauseWanted = reader.flag("pauseWanted").value_or(false);
  run.rollbackWanted = reader.flag("rollbackWanted").value_or(false);
  run.rollbackBegan = reader.flag("rollbackBegan").value_or(false);
  run.restoring = reader.flag("restoring").value_or(false);
  run.contractApproved = reader.flag("contractApproved").value_or(false);
  run.drifted = reader.flag("drifted").value_or(false);
  run.why = reader.text("why", {.maxLength = kEvidence});
  reader.objectList("steps", kMaxSteps, [&](ObjectReader& fields) {
    const std::string id = fields.text("id", {.required = true});
    const StepRecord record = decodeRecord(fields);
    if (const auto index = indexOf(plan, id)) {
      run.steps[*index] = record;
    } else {
      fields.error("id", "the plan has no step " + inQuotes(id));
    }
  });
}

}  // namespace

Json statusOf(const UpgradePlan& plan, const Run& run) {
  Json out = {{"planHash", run.planHash},
              {"mode", toString(run.mode)},
              {"phase", phaseOf(plan, run)},
              {"message", sentenceOf(plan, run)},
              {"actions", actions(plan, run)}};
  if (run.cursor < plan.steps.size()) out["cursor"] = plan.steps[run.cursor].id;
  const auto flag = [&](const char* name, bool value) {
    if (value) out[name] = true;
  };
  flag("pauseWanted", run.pauseWanted);
  flag("rollbackWanted", run.rollbackWanted);
  flag("rollbackBegan", run.rollbackBegan);
  flag("restoring", run.restoring);
  flag("contractApproved", run.contractApproved);
  flag("drifted", run.drifted);
  if (!run.why.empty()) out["why"] = run.why.substr(0, kEvidence);
  out["steps"] = Json::array();
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    if (!isFresh(run.steps[i])) out["steps"].push_back(stepJson(plan.steps[i].id, run.steps[i]));
  }
  return out;
}

kube::Result<Run> runFromStatus(const UpgradePlan& plan, const std::string& planHash, const Json& status) {
  Run run = newRun(plan, planHash);
  if (!status.is_object() || !status.contains("mode")) return run;  // nothing was recorded yet
  DecodeContext context;
  {
    ObjectReader reader(status, {"status", "status"}, context);
    decodeRun(reader, plan, run);
  }
  WINDLASS_TRY(context.status());
  return run;
}

}  // namespace windlass::ops
