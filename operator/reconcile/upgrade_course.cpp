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

bool changesArePlanned(const Json& cloud) {
  return kube::stringAt(cloud, "/spec/changes") == "Planned";
}

// Settings are named where they are others than those in use; when changes are not planned the spec's are everywhere.
void nameSettings(const Course& course, ComponentReleases& components) {
  for (auto& [name, component] : components) {
    if (course.settings.empty() || component.settings == course.settings) component.settings.clear();
  }
}

void takeOver(Course& course, const ComponentReleases& components) {
  for (const auto& [name, component] : components) course.components[name] = component;
  nameSettings(course, course.components);
  std::erase_if(course.components, [&](const auto& entry) {
    const ComponentRelease& component = entry.second;
    return component.release == course.release && component.settings.empty() && !component.stopped;
  });
}

// A split counts only for the canary in work: whatever stops the run takes it away.
void takeCanary(Course& course, const UpgradeInWork& work) {
  course.canaries = canariesOf(work.plan, work.run);
  nameSettings(course, course.canaries);
  const Step* step = canaryInWork(work.plan, work.run);
  if (step != nullptr && kube::stringAt(work.canary, "/component") == componentOf(*step))
    course.splits[componentOf(*step)] = recordedSplit(work.canary);
}

// The run is over and the cloud does not know it yet. A release is never left twice in the same way. Settings can be:
// so the plan says which time it is.
bool isNews(const UpgradeInWork& work, const Course& course) {
  if (work.run.mode != RunMode::Done || work.plan.from != course.release) return false;
  if (work.plan.from != work.plan.to) return true;
  return !course.settings.empty() && work.plan.settingsFrom == course.settings &&
         work.plan.settingsRevision == course.settingsRevision;
}

enum class Way { Forward, Back };

void arrive(Course& course, const UpgradePlan& plan, Way way) {
  course.release = way == Way::Forward ? plan.to : plan.from;
  course.components.clear();
  course.canaries.clear();
  course.splits.clear();
  course.work.reset();
  course.finishing = true;
  if (course.settings.empty() || plan.settingsTo.empty()) return;
  course.settings = way == Way::Forward ? plan.settingsTo : plan.settingsFrom;
  course.settingsRevision += 1;
}

// A run that was Done went back by its backups: every component that it moves is back, and the cloud does not know it
// yet.
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
  course.settingsRevision = status.settingsRevision;
  if (course.release.empty()) return course;
  if (changesArePlanned(cloud)) course.settings = status.settings;
  takeOver(course, status.components);
  for (const BegunRun& begun : runs) {
    auto work = belongsTo(begun.run, cloud) ? understood(begun, cloud) : std::nullopt;
    if (!work) continue;
    if (work->run.mode == RunMode::Aborted) {
      if (runsOldRelease(course, work->plan)) arrive(course, work->plan, Way::Back);
    } else if (isNews(*work, course)) {
      arrive(course, work->plan, Way::Forward);
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
  status.settings = course.settings;
  status.settingsRevision = course.settingsRevision;
  status.components.clear();
  for (const auto& [name, component] : course.components) {
    if (component.release != course.release || !component.settings.empty()) status.components[name] = component;
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
