#include "operator/reconcile/upgrade_sight.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "kube/object/conditions.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "operator/render/pod_problems.h"
#include "operator/render/readiness.h"

namespace windlass::ops {
namespace {

// 128 and the number of a signal, of which there are 64: the process was ended by it, so what it left behind is not
// known (bash(1), "EXIT STATUS"; signal(7)). Codes beyond are a process's own: oslo.upgradecheck ends with 255 when it
// fails.
constexpr int kSignals = 128, kLastSignal = kSignals + 64;

bool isBySignal(int code) {
  return code > kSignals && code <= kLastSignal;
}

Sight running(std::string text) {
  return {OutcomeKind::Running, 0, std::move(text)};
}
Sight yes(std::string text = {}) {
  return {OutcomeKind::Succeeded, 0, std::move(text)};
}

const Json* terminationOfJob(const Json& job, const std::vector<Json>& pods) {
  for (const Json& pod : pods) {
    const auto owner = kube::controllerOf(pod);
    if (!owner || owner->uid != kube::uidOf(job)) continue;
    if (const Json* ended = kube::find(pod, "/status/containerStatuses/0/state/terminated"); ended != nullptr)
      return ended;
  }
  return nullptr;
}

std::string failureOf(const Json& job) {
  const Json* failed = kube::findCondition(job, "Failed");
  return failed == nullptr ? "" : kube::stringAt(*failed, "/message");
}

bool isOf(const Json& object, const std::string& service, const std::string& component) {
  return componentIdOf(object) == service + "/" + component;
}

std::vector<const Json*> workloadsOf(const Observed& observed, const std::string& service,
                                     const std::string& component) {
  std::vector<const Json*> out;
  for (const auto& [ref, object] : observed.objects) {
    if (isWorkload(object) && isOf(object, service, component)) out.push_back(&object);
  }
  return out;
}

std::string nameOf(const ComponentRelease& wanted) {
  return wanted.settings.empty() ? wanted.release : wanted.release + " with " + wanted.settings;
}

Sight stoppedSight(const std::vector<const Json*>& workloads) {
  for (const Json* workload : workloads) {
    if (kube::intAt(*workload, "/spec/replicas", 1) != 0 || kube::intAt(*workload, "/status/replicas") != 0)
      return running(refOf(*workload) + " still has pods");
  }
  return yes("no process runs");
}

// Requests go where the Service's selector says.
bool hasTraffic(const Observed& observed, const Json& workload) {
  for (const auto& [ref, object] : observed.objects) {
    if (kube::kindOf(object) != "Service" ||
        !isOf(object, kube::labelOf(workload, kServiceLabel), kube::labelOf(workload, kComponentLabel)))
      continue;
    const Json* selector = kube::find(object, "/spec/selector");
    const std::string chosen = selector == nullptr ? "" : selector->value(std::string(kRevisionLabel), "");
    if (!chosen.empty() && chosen != kube::labelOf(workload, kRevisionLabel)) return false;
  }
  return true;
}

const Json* otherPod(const Observed& observed, const Json& workload) {
  for (const Json& pod : observed.pods) {
    const std::string revision = kube::labelOf(pod, kRevisionLabel);
    if (isOf(pod, kube::labelOf(workload, kServiceLabel), kube::labelOf(workload, kComponentLabel)) &&
        !revision.empty() && revision != kube::labelOf(workload, kRevisionLabel))
      return &pod;
  }
  return nullptr;
}

Sight quorumSight(const std::string& role, const Catalog& catalog, const OpenStackCloud& cloud,
                  const std::string& release, const Observed& observed, const Sight& unanswered) {
  const auto said = cloud.spec.infrastructure.find(role);
  if (said != cloud.spec.infrastructure.end() && said->second.external) return unanswered;
  const Release* known = catalog.release(release);
  if (known == nullptr) return unanswered;
  const auto name = known->infrastructure.find(role);
  if (name == known->infrastructure.end()) return unanswered;
  bool there = false;
  for (const auto& [ref, object] : observed.objects) {
    if (!isWorkload(object) || kube::labelOf(object, kServiceLabel) != name->second) continue;
    there = true;
    const Readiness readiness = readinessOf(object, {observed.pods, {}});
    if (readiness.state != ReadyState::Ready) return running(readiness.message);
  }
  return yes(there ? "all of its pods are ready" : "this cloud has none");
}

std::int64_t secondsOf(const Step& step, const std::string& field) {
  std::int64_t out = 0;
  if (const auto found = step.with.find(field); found != step.with.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
  return out;
}

}  // namespace

bool runs(const Json& workload, const ComponentRelease& wanted) {
  return kube::labelOf(workload, kReleaseLabel) == wanted.release &&
         (wanted.settings.empty() || kube::labelOf(workload, kSettingsLabel) == wanted.settings);
}

Sight jobSight(const Json& job, const std::vector<Json>& pods) {
  const Json* ended = terminationOfJob(job, pods);
  const std::string said = ended == nullptr ? "" : lastLine(kube::stringAt(*ended, "/message"));
  if (kube::isConditionTrue(job, "Complete")) return yes(said);
  if (!kube::isConditionTrue(job, "Failed")) return running("Job " + kube::nameOf(job) + " runs");
  if (ended == nullptr) return {OutcomeKind::Lost, 0, failureOf(job)};
  const auto code = static_cast<int>(kube::intAt(*ended, "/exitCode"));
  if (isBySignal(code)) return {OutcomeKind::Lost, 0, kube::stringAt(*ended, "/reason", failureOf(job))};
  return {OutcomeKind::Succeeded, code, said};
}

Sight componentSight(const std::string& service, const std::string& component, const ComponentRelease& wanted,
                     const Observed& observed) {
  const std::vector<const Json*> workloads = workloadsOf(observed, service, component);
  if (wanted.stopped) return stoppedSight(workloads);
  const auto found = std::find_if(workloads.begin(), workloads.end(), [&](const Json* workload) {
    return runs(*workload, wanted) && !kube::isDeleting(*workload);
  });
  if (found == workloads.end())
    return running(fmt::format("{}/{} of {} is not there yet", service, component, nameOf(wanted)));
  const Json& workload = **found;
  if (kube::intAt(workload, "/spec/replicas", 1) == 0 && kube::intAt(workload, "/status/replicas") != 0)
    return running(refOf(workload) + " still has pods");
  const Readiness readiness = readinessOf(workload, {observed.pods, {}});
  if (readiness.state != ReadyState::Ready) return running(readiness.message);
  if (!hasTraffic(observed, workload)) return running("requests do not go to " + refOf(workload) + " yet");
  if (workloads.size() > 1) return running("the other revision is not removed yet");
  if (const Json* other = otherPod(observed, workload); other != nullptr)
    return running("pod " + kube::nameOf(*other) + " of the other revision finishes what it does");
  return yes(refOf(workload) + " has all requests");
}

Sight gateSight(const Step& step, const UpgradeRunSpec& spec, const Catalog& catalog, const OpenStackCloud& cloud,
                const std::string& release, const Observed& observed) {
  const std::string id = step.id.substr(step.id.rfind('/') + 1);
  if (std::find(spec.acknowledged.begin(), spec.acknowledged.end(), id) != spec.acknowledged.end())
    return yes("a person says so");
  const Sight unanswered = running(fmt::format(
      "the answer to: {}. The operator cannot find it out; look, then add {} to spec.acknowledged", step.summary, id));
  const auto ask = step.with.find("ask");
  const auto role = step.with.find("role");
  if (ask != step.with.end() && ask->second == "quorum" && role != step.with.end())
    return quorumSight(role->second, catalog, cloud, release, observed, unanswered);
  return unanswered;
}

Sight soakSight(const Step& step, std::int64_t begun, std::int64_t now, const Json& cloud) {
  const std::int64_t left = begun + secondsOf(step, "soakSeconds") - now;
  if (left > 0) return running(fmt::format("the end of the soak, {} s from now", (left + 59) / 60 * 60));
  if (!kube::isConditionTrue(cloud, "Ready")) return running("the cloud to be Ready");
  return yes("the cloud is Ready");
}

}  // namespace windlass::ops
