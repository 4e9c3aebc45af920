#include "operator/reconcile/upgrade_jobs.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/execute/step_machine.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kRunPart = 16;
constexpr std::size_t kStepPart = 26;
constexpr std::size_t kShortStepPart = 15;  // of a name that says more
// The step machine ends an attempt by its own clock; this is for a time without an operator.
constexpr int kDeadlineSlack = 120;
// Cut off, it would begin anew: as long as the largest databases may need.
constexpr int kRestoreSeconds = 6 * 3600;
// Of a synthetic transaction: long enough to be scheduled and for a request that hangs to end as a failure.
constexpr int kProbeDeadlineSeconds = 120;

// Lower case letters, digits and '-', not at the ends.
std::string slugOf(const std::string& text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain || (!out.empty() && out.back() != '-')) out += plain ? c : '-';
  }
  out = out.substr(0, most);
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

StepJob requestOf(const UpgradePlan& plan, const Step& step, std::string name) {
  StepJob request;
  request.name = std::move(name);
  request.service = step.service;
  request.release = step.release.empty() ? plan.from : step.release;
  request.image = step.image;
  request.command = step.command;
  request.deadlineSeconds = static_cast<int>(deadlineOf(step)) + kDeadlineSlack;
  if (step.kind == StepKind::Probe) request.kind = StepJobKind::Probe;
  if (step.kind == StepKind::Backup) {
    request.kind = StepJobKind::Backup;
    for (const auto& [database, what] : step.with) request.databases.push_back(database);
  }
  return request;
}

// Data outlives the run; everything else goes with it.
void label(Json& object, const Json& run, const Step& step, std::string_view name = kRunLabel) {
  if (isKept(object)) return;
  object["metadata"]["labels"][std::string(name)] = kube::nameOf(run);
  object["metadata"]["annotations"]["windlass.dev/step"] = step.id;
  if (kube::kindOf(object) == "Job")
    object["spec"]["template"]["metadata"]["labels"][std::string(name)] = kube::nameOf(run);
  // Cannot fail: same namespace, and rendering sets no owners.
  static_cast<void>(kube::setController(object, run, kUpgradeRunKind));
}

RestoreSource sourceOf(const Step& backup, const StepRecord& record, const std::string& job) {
  if (record.status != StepStatus::Done)
    return {"", {}, OutcomeKind::Failed, "this run made no backup of " + backup.service};
  RestoreSource out{job, {}, OutcomeKind::Succeeded, ""};
  for (const auto& [database, what] : backup.with) out.databases.push_back(database);
  return out;
}

kube::Result<std::vector<Json>> objectsOf(const StepContext& context, const Step& step, const StepJob& request) {
  const OpenStackCloud& cloud = request.release == context.plan.to ? context.cloud : context.before;
  auto objects = renderStepJob(context.catalog, cloud, context.render, request);
  if (!objects) return objects;
  for (Json& object : *objects) label(object, context.run, step);
  return objects;
}

}  // namespace

bool actsByJob(StepKind kind) {
  return kind == StepKind::Check || kind == StepKind::Online || kind == StepKind::Backup || kind == StepKind::Schema ||
         kind == StepKind::Probe || kind == StepKind::Finish;
}

std::string stepJobName(const Json& run, const Step& step, int attempt) {
  return fmt::format("{}-{}-{}-{}", slugOf(kube::nameOf(run), kRunPart), slugOf(step.id, kStepPart),
                     textHash(kube::uidOf(run) + "/" + step.id).substr(0, 8), attempt);
}

std::string examinationName(const std::string& jobName) {
  return jobName + "-x";
}

std::string probeRoundName(const Json& run, const Step& step, int attempt, std::uint64_t round) {
  return fmt::format("{}-{}-{}-{}-{}", slugOf(kube::nameOf(run), kRunPart), slugOf(step.id, kShortStepPart),
                     textHash(kube::uidOf(run) + "/" + step.id).substr(0, 8), attempt, round);
}

std::string probeJobName(const std::string& roundName, ProbeWay way) {
  return roundName + (way == ProbeWay::Tried ? "-tried" : "-stable");
}

kube::Result<Json> probeJob(const StepContext& context, const Step& step, const std::string& roundName, ProbeWay way) {
  const StepJob request{.kind = StepJobKind::Probe,
                        .name = probeJobName(roundName, way),
                        .service = step.service,
                        .release = context.plan.from,
                        .image = {},
                        .command = {},
                        .databases = {},
                        .source = {},
                        .way = way,
                        .component = step.component,
                        .deadlineSeconds = kProbeDeadlineSeconds};
  WINDLASS_TRY_ASSIGN(auto objects, renderStepJob(context.catalog, context.before, context.render, request));
  Json job = std::move(objects.back());
  label(job, context.run, step, kProbeLabel);
  return job;
}

kube::Result<std::vector<Json>> objectsOfStep(const StepContext& context, const Step& step, int attempt) {
  return objectsOf(context, step, requestOf(context.plan, step, stepJobName(context.run, step, attempt)));
}

kube::Result<std::vector<Json>> objectsOfExamination(const StepContext& context, const Step& step, int attempt) {
  StepJob request = requestOf(context.plan, step, examinationName(stepJobName(context.run, step, attempt)));
  request.command = step.examine;
  return objectsOf(context, step, request);
}

RestoreSource restoreSourceOf(const UpgradePlan& plan, const Run& run, const Json& object, const Step& step) {
  RestoreSource out;
  out.text = step.service + " has no databases to put back";
  for (std::size_t i = 0; i < plan.steps.size() && plan.steps[i].id != step.id; ++i) {
    const Step& earlier = plan.steps[i];
    const StepRecord& record = run.steps[i];
    if (earlier.service != step.service) continue;
    if (earlier.kind == StepKind::Backup) {
      out = sourceOf(earlier, record, stepJobName(object, earlier, record.attempt));
    } else if (needsBackup(earlier) && record.touched && record.status != StepStatus::Undone) {
      return {"", {}, OutcomeKind::Succeeded, "the copy is put in with " + earlier.id};
    }
  }
  return out;
}

kube::Result<std::vector<Json>> objectsOfRestore(const StepContext& context, const Step& step, int attempt,
                                                 const RestoreSource& source) {
  StepJob request = requestOf(context.plan, step, stepJobName(context.run, step, attempt));
  request.kind = StepJobKind::Restore;
  request.image.clear();
  request.deadlineSeconds = kRestoreSeconds;
  request.databases = source.databases;
  request.source = source.job;
  return objectsOf(context, step, request);
}

}  // namespace windlass::ops
