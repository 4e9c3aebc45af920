#include "operator/reconcile/upgrade_course.h"

#include <algorithm>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/execute/components.h"
#include "operator/execute/describe.h"
#include "operator/execute/run_json.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/reconcile/canary_notes.h"

namespace windlass::ops {
namespace {

constexpr std::size_t kMostRuns = 1000;

std::optional<UpgradeInWork> understood(const BegunRun& begun, const Json& cloud) {
  const Json* spec = kube::find(begun.plan, "/spec");
  if (spec == nullptr || kube::stringAt(*spec, "/cloud") != kube::nameOf(cloud)) return std::nullopt;
  auto plan = planFromJson(*spec);
  const std::string hash = kube::stringAt(*spec, "/hash");
  if (!plan || hash != kube::stringAt(begun.run, "/spec/approvedHash")) return std::nullopt;
  auto run = runFromStatus(*plan, hash, begun.run.value("status", Json::object()));
  if (!run) return std::nullopt;
  const Json* canary = kube::find(begun.run, "/status/canary");
  return UpgradeInWork{kube::nameOf(begun.run), std::move(*plan), std::move(*run),
                       canary == nullptr ? Json() : *canary};
}

// A split counts only for the canary in work: whatever stops the run takes it away.
void takeCanary(Course& course, const UpgradeInWork& work) {
  course.canaries = canariesOf(work.plan, work.run);
  const Step* step = canaryInWork(work.plan, work.run);
  if (step != nullptr && kube::stringAt(work.canary, "/component") == componentOf(*step))
    course.splits[componentOf(*step)] = recordedSplit(work.canary);
}

void takeOver(Course& course, const ComponentReleases& components) {
  for (const auto& [name, component] : components) course.components[name] = component;
  std::erase_if(course.components,
                [&](const auto& entry) { return entry.second.release == course.release && !entry.second.stopped; });
}

// Every component that the plan moves is back, and the cloud does not know it yet.
bool runsOldRelease(const Course& course, const UpgradePlan& plan) {
  if (plan.to != course.release) return false;
  bool moves = false;
  for (const Step& step : plan.steps) {
    if (!movesPods(step.kind)) continue;
    const auto found = course.components.find(componentOf(step));
    if (found == course.components.end() || found->second.release != plan.from) return false;
    moves = true;
  }
  return moves;
}

bool saysFinishing(const Json& cloud) {
  const Json* upgraded = kube::findCondition(cloud, "Upgraded");
  return upgraded != nullptr && kube::stringAt(*upgraded, "/reason") == "UpgradeFinishing";
}

}  // namespace

bool isMoving(RunMode mode) {
  return mode == RunMode::Approved || mode == RunMode::Running || mode == RunMode::RollingBack;
}

bool isInWork(RunMode mode) {
  return mode != RunMode::Planned && mode != RunMode::Aborted && mode != RunMode::Done;
}

bool belongsTo(const Json& run, const Json& cloud) {
  const auto owners = kube::ownersOf(run);
  return std::any_of(owners.begin(), owners.end(),
                     [&](const kube::OwnerReference& owner) { return owner.uid == kube::uidOf(cloud); });
}

Course courseOf(const Json& cloud, const std::vector<BegunRun>& runs) {
  const OpenStackCloudStatus status = decodeStatus(cloud);
  Course course;
  course.release = status.release;
  course.finishing = saysFinishing(cloud);
  if (course.release.empty()) return course;
  for (const auto& [name, release] : status.components) course.components[name] = {release, false};
  for (const BegunRun& begun : runs) {
    auto work = belongsTo(begun.run, cloud) ? understood(begun, cloud) : std::nullopt;
    if (!work) continue;
    if (work->run.mode == RunMode::Aborted) {
      // It was Done and went back by its backups, component after component.
      if (runsOldRelease(course, work->plan)) course = {work->plan.from, {}, {}, {}, std::nullopt, true};
    } else if (work->run.mode == RunMode::Done && work->plan.from == course.release) {
      course = {work->plan.to, {}, {}, {}, std::nullopt, true};
    } else if (isInWork(work->run.mode) && !course.work) {
      takeOver(course, componentsOf(work->plan, work->run));
      takeCanary(course, *work);
      course.work = std::move(work);
    }
  }
  return course;
}

OpenStackCloudStatus withCourse(OpenStackCloudStatus status, const Course& course) {
  status.release = course.release;
  status.components.clear();
  for (const auto& [name, component] : course.components) {
    if (component.release != course.release) status.components[name] = component.release;
  }
  return status;
}

Result<std::vector<BegunRun>> begunRuns(kube::Client& client, const Json& cloud) {
  kube::ListOptions options;
  options.ns = kube::namespaceOf(cloud);
  const auto page = kube::listAll(client, kUpgradeRunKind, options, kMostRuns);
  if (!page) return kube::wrap("cannot list upgraderuns", page.error());
  std::vector<BegunRun> out;
  for (const Json& run : page->items) {
    const std::string mode = kube::stringAt(run, "/status/mode");
    // One that went back by its backups may have left a cloud that was at the new release.
    const bool isOver = mode == toString(RunMode::Aborted) && !kube::find(run, "/status/restoring");
    if (!belongsTo(run, cloud) || mode.empty() || isOver) continue;
    WINDLASS_TRY_ASSIGN(const auto plan,
                        getIfThere(client, kUpgradePlanKind, {options.ns, kube::stringAt(run, "/spec/plan")}));
    out.push_back({run, plan.value_or(Json())});
  }
  return out;
}

}  // namespace windlass::ops
