#include "operator/reconcile/upgrade_jobs.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/execute/step_machine.h"
#include "operator/model/upgrade_run.h"
#include "operator/reconcile/names.h"
#include "operator/render/step_job.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kRunPart = 16;
constexpr std::size_t kStepPart = 26;
// The step machine ends an attempt by its own clock; this is for a time without an operator.
constexpr int kDeadlineSlack = 120;

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
void label(Json& object, const Json& run, const Step& step) {
  if (isKept(object)) return;
  object["metadata"]["labels"][std::string(kRunLabel)] = kube::nameOf(run);
  object["metadata"]["annotations"]["windlass.dev/step"] = step.id;
  if (kube::kindOf(object) == "Job")
    object["spec"]["template"]["metadata"]["labels"][std::string(kRunLabel)] = kube::nameOf(run);
  // Cannot fail: same namespace, and rendering sets no owners.
  static_cast<void>(kube::setController(object, run, kUpgradeRunKind));
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

kube::Result<std::vector<Json>> objectsOfStep(const StepContext& context, const Step& step, int attempt) {
  return objectsOf(context, step, requestOf(context.plan, step, stepJobName(context.run, step, attempt)));
}

kube::Result<std::vector<Json>> objectsOfExamination(const StepContext& context, const Step& step, int attempt) {
  StepJob request = requestOf(context.plan, step, examinationName(stepJobName(context.run, step, attempt)));
  request.command = step.examine;
  return objectsOf(context, step, request);
}

}  // namespace windlass::ops
