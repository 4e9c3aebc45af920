#include "operator/reconcile/status.h"

#include <algorithm>

#include <fmt/format.h>

#include "kube/object/meta.h"
#include "operator/execute/components.h"
#include "operator/execute/describe.h"
#include "operator/plan/canonical.h"
#include "operator/reconcile/deletion.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

std::string withRemedy(const Readiness& readiness) {
  return readiness.remedy.empty() ? readiness.message : readiness.message + "; remedy: " + readiness.remedy;
}

struct ConditionValues {
  const char* ready;
  const char* progressing;
  const char* degraded;
};

ConditionValues valuesOf(CloudPhase phase) {
  switch (phase) {
    case CloudPhase::Ready:
      return {"True", "False", "False"};
    case CloudPhase::Serving:
      return {"True", "True", "True"};
    case CloudPhase::Changing:
      return {"True", "True", "False"};
    case CloudPhase::Waiting:
      return {"False", "True", "False"};
    case CloudPhase::Failed:
    case CloudPhase::Invalid:
      return {"False", "False", "True"};
    case CloudPhase::Deleting:
      return {"False", "True", "False"};
  }
  return {"Unknown", "Unknown", "Unknown"};
}

// It delays that a cloud becomes Ready, and takes it from none: a revision that was only tried may leave as well.
CloudReport leavingReport(const std::vector<std::string>& pods, bool wasReady) {
  const std::string message =
      fmt::format("pods of other revisions have no traffic any more and finish what they do: {}", listed(pods));
  return {wasReady ? CloudPhase::Changing : CloudPhase::Waiting, "OldRevisionLeaves", message, message, {}, {}, {}, {}};
}

// The stage is one of a service whose components the run moves, or a revision that it tries.
bool isOfRaised(const Blocker& blocker, const UpgradeInWork& work) {
  if (blocker.trial) return true;
  const ComponentReleases raised = componentsOf(work.plan, work.run);
  return std::any_of(raised.begin(), raised.end(), [&](const auto& entry) {
    const std::string service = entry.first.substr(0, entry.first.find('/'));
    return blocker.stage == entry.first || blocker.stage == service + "/traffic";
  });
}

// What the run has stopped on purpose, and why; "".
std::string stoppedBy(const Course& course) {
  std::vector<std::string> names;
  for (const auto& [name, component] : course.components) {
    if (component.stopped) names.push_back(name);
  }
  if (names.empty()) return "";
  return fmt::format("stopped by run {}: {}; {}", course.work ? course.work->name : "", listed(names),
                     course.work ? sentenceOf(course.work->plan, course.work->run) : "");
}

}  // namespace

CloudReport reportOf(const WalkResult& walk, bool settled, bool wasReady) {
  if (!walk.blocker && !walk.leaving.empty()) return leavingReport(walk.leaving, wasReady);
  if (!walk.blocker)
    return {CloudPhase::Ready, "AllReady", "everything the spec asks for is running", "", {}, {}, {}, {}};
  const Blocker& blocker = *walk.blocker;
  const Readiness& why = blocker.readiness;
  CloudReport report;
  report.phase = why.state == ReadyState::Failed ? CloudPhase::Failed : CloudPhase::Waiting;
  if (settled && walk.serving) report.phase = CloudPhase::Serving;
  report.reason = why.reason;
  report.message = fmt::format("{}: {}", blocker.summary.empty() ? blocker.stage : blocker.summary, withRemedy(why));
  report.waitingFor = report.message;
  return report;
}

CloudReport duringUpgrade(CloudReport report, const WalkResult& walk, const Course& course) {
  if (const std::string stopped = stoppedBy(course); !stopped.empty())
    return {CloudPhase::Waiting, "ComponentsStopped", stopped, stopped, {}, {}, {}, {}};
  const bool moves = course.work && isMoving(course.work->run.mode);
  if (!walk.blocker) {
    if (!moves) return report;
    report.phase = CloudPhase::Changing;
    report.reason = "Upgrading";
    report.message = report.waitingFor = sentenceOf(course.work->plan, course.work->run);
    return report;
  }
  const bool ofUpgrade = course.work ? isOfRaised(*walk.blocker, *course.work) : course.finishing && walk.onlyJobs;
  if (!ofUpgrade) return report;
  report.phase = report.phase == CloudPhase::Failed ? CloudPhase::Serving : CloudPhase::Changing;
  return report;
}

UpgradeNote noteOf(const UpgradeInWork& work, const UpgradeNote& offer) {
  const std::string plan = kube::nameOf(objectOf(work.plan));
  UpgradeNote note{"Upgrade" + std::string(toString(work.run.mode)),
                   fmt::format("run {}: {}", work.name, sentenceOf(work.plan, work.run)), plan};
  if (!offer.reason.empty() && offer.plan != plan)
    note.message += fmt::format(" The cloud is not the one the run was approved for: {}", offer.message);
  return note;
}

CloudReport invalidReport(const std::string& reason, const std::string& message) {
  return {CloudPhase::Invalid, reason, message, "a corrected spec: " + message, {}, {}, {}, {}};
}

CloudReport problemReport(const Readiness& problem) {
  return {CloudPhase::Failed, problem.reason, withRemedy(problem), withRemedy(problem), {}, {}, {}, {}};
}

CloudReport deletingReport(const std::string& waitingFor) {
  return {CloudPhase::Deleting, "Deleting", waitingFor, waitingFor, {}, {}, {}, {}};
}

std::map<std::string, ServiceStatus> serviceStatuses(const RenderedCloud& rendered,
                                                     const std::map<std::string, Json>& live) {
  std::map<std::string, ServiceStatus> services;
  for (const Stage& stage : rendered.stages) {
    if (stage.trial) continue;
    for (const Json& object : stage.objects) {
      const std::string service = kube::labelOf(object, kServiceLabel);
      if (!isWorkload(object) || service.empty()) continue;
      ServiceStatus& status = services[service];
      status.replicas += static_cast<int>(kube::intAt(object, "/spec/replicas", 1));
      const std::string revision = kube::labelOf(object, kRevisionLabel);
      if (!revision.empty()) status.revision += (status.revision.empty() ? "" : ",") + revision;
      const auto found = live.find(refOf(object));
      if (found != live.end())
        status.readyReplicas += static_cast<int>(kube::intAt(found->second, "/status/readyReplicas"));
    }
  }
  return services;
}

Json statusOf(const Json& cloud, const CloudReport& report, kube::TimePoint now) {
  OpenStackCloudStatus status = decodeStatus(cloud);
  const std::int64_t generation = kube::generationOf(cloud);
  status.observedGeneration = generation;
  status.waitingFor = report.waitingFor;
  if (report.release) status.release = *report.release;
  if (report.endpoints) status.endpoints = *report.endpoints;
  if (report.services) status.services = *report.services;
  if (report.settings) {
    status.settings = *report.settings;
    status.settingsRevision += 1;
  }
  const ConditionValues values = valuesOf(report.phase);
  const bool inWork = report.upgrade && report.upgrade->reason.starts_with("Upgrade");
  const bool upgradeable = report.phase == CloudPhase::Ready && !inWork;
  const auto set = [&](const char* type, const std::string& value) {
    kube::setCondition(status.conditions, {type, value, report.reason, report.message, generation}, now);
  };
  set("Ready", values.ready);
  set("Progressing", values.progressing);
  set("Degraded", values.degraded);
  set("Upgradeable", upgradeable ? "True" : "False");
  if (report.upgrade) {
    const UpgradeNote& note = *report.upgrade;
    const bool there = note.reason == "AtRelease";
    kube::setCondition(status.conditions, {"Upgraded", there ? "True" : "False", note.reason, note.message, generation},
                       now);
    status.plan = note.plan;
    if (!there && status.waitingFor.empty()) status.waitingFor = note.message;
  }
  return encodeStatus(status);
}

}  // namespace windlass::ops
