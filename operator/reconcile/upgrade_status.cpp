#include "operator/reconcile/upgrade_status.h"

#include "kube/object/meta.h"
#include "operator/execute/describe.h"
#include "operator/execute/run_json.h"
#include "operator/reconcile/upgrade_course.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostWaiting = 4096;  // bytes, as the schema says
constexpr const char* kGranted = "Granted";

const char* flag(bool value) {
  return value ? "True" : "False";
}

void setRefused(kube::Json& conditions, const std::string& reason, const std::string& message, std::int64_t generation,
                kube::TimePoint now) {
  const bool refused = !message.empty();
  kube::setCondition(conditions,
                     {"Refused", flag(refused), refused ? reason : kGranted,
                      refused ? message : "nothing that was asked for is refused", generation},
                     now);
}

kube::Json conditionsOf(const kube::Json& object) {
  const kube::Json* there = kube::find(object, "/status/conditions");
  return there != nullptr && there->is_array() ? *there : kube::Json::array();
}

}  // namespace

RunNotes notesOf(const kube::Json& object) {
  RunNotes notes;
  notes.resumed = static_cast<int>(kube::intAt(object, "/status/resumed"));
  notes.waitingFor = kube::stringAt(object, "/status/waitingFor");
  const kube::Json* refused = kube::findCondition(object, "Refused");
  if (refused == nullptr || kube::stringAt(*refused, "/status") != "True") return notes;
  notes.refusal = kube::stringAt(*refused, "/message");
  notes.refusalReason = kube::stringAt(*refused, "/reason");
  return notes;
}

kube::Json runStatusOf(const kube::Json& object, const UpgradePlan& plan, const Run& run, const RunNotes& notes,
                       kube::TimePoint now) {
  kube::Json status = statusOf(plan, run);
  const std::int64_t generation = kube::generationOf(object);
  status["observedGeneration"] = generation;
  if (notes.resumed != 0) status["resumed"] = notes.resumed;
  if (!notes.waitingFor.empty()) status["waitingFor"] = notes.waitingFor.substr(0, kMostWaiting);
  if (!notes.canary.is_null()) status["canary"] = notes.canary;
  kube::Json conditions = conditionsOf(object);
  const std::string mode(toString(run.mode)), sentence = sentenceOf(plan, run);
  kube::setCondition(conditions, {"Progressing", flag(isMoving(run.mode)), mode, sentence, generation}, now);
  kube::setCondition(conditions, {"Degraded", flag(run.mode == RunMode::Failed), mode, sentence, generation}, now);
  kube::setCondition(conditions, {"Complete", flag(run.mode == RunMode::Done), mode, sentence, generation}, now);
  setRefused(conditions, notes.refusalReason, notes.refusal, generation, now);
  status["conditions"] = std::move(conditions);
  return status;
}

kube::Json refusedStatusOf(const kube::Json& object, const std::string& reason, const std::string& message,
                           kube::TimePoint now) {
  kube::Json status = object.value("status", kube::Json::object());
  const std::int64_t generation = kube::generationOf(object);
  status["observedGeneration"] = generation;
  kube::Json conditions = conditionsOf(object);
  setRefused(conditions, reason, message, generation, now);
  status["conditions"] = std::move(conditions);
  return status;
}

}  // namespace windlass::ops
