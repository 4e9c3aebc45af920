#include "kubelet.h"

#include <algorithm>

#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::ops {

using kube::Json;
namespace kinds = kube::kinds;

namespace {

const std::string kTime = "2026-01-02T03:04:05Z";

bool containsOne(const std::string& name, const std::set<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&name](const std::string& part) { return name.find(part) != std::string::npos; });
}

// The Job that looks whether another did its work says the truth (operator/reconcile/upgrade_jobs.h, examinationName).
constexpr int kNotDone = 2;

bool isExamination(const std::string& job) {
  return job.ends_with("-x");
}
std::string examinedBy(const std::string& job) {
  return job.substr(0, job.size() - 2);
}

// Everything that the validation of a finished Job asks for (k8s.io/kubernetes pkg/apis/batch/validation).
Json finished(const std::vector<const char*>& types) {
  Json conditions = Json::array();
  for (const char* type : types)
    conditions.push_back({{"type", type}, {"status", "True"}, {"lastTransitionTime", kTime}, {"lastProbeTime", kTime}});
  return {{"startTime", kTime}, {"uncountedTerminatedPods", Json::object()}, {"conditions", conditions}};
}

}  // namespace

bool Kubelet::isHeld(const std::string& name) const {
  return containsOne(name, held_);
}

bool Kubelet::failJob(const Json& object, std::optional<int> exitCode) {
  if (exitCode) {
    Json pod = kube::newObject(kinds::Pod, {kube::namespaceOf(object), kube::nameOf(object) + "-pod"});
    pod["metadata"]["labels"] = object.at("/spec/template/metadata/labels"_json_pointer);
    if (!kube::setController(pod, object, kinds::Job)) return false;
    pod["spec"] = {{"containers", Json::array({{{"name", "main"}, {"image", "none"}}})}};
    if (auto made = api_.create(kinds::Pod, pod)) {
      const Json ended = {{"exitCode", *exitCode}, {"message", "it said why"}};
      writeStatus(kinds::Pod, *made,
                  {{"phase", *exitCode == 0 ? "Succeeded" : "Failed"},
                   {"containerStatuses", Json::array({{{"name", "main"}, {"state", {{"terminated", ended}}}}})}});
    }
  }
  Json status = finished({"FailureTarget", "Failed"});
  status["failed"] = 1;
  return writeStatus(kinds::Job, object, status);
}

bool Kubelet::writeStatus(const kube::ResourceKind& kind, Json object, const Json& status) {
  if (object.value("status", Json::object()) == status) return false;
  object["status"] = status;
  return api_.update(kind, object, "status").has_value();
}

bool Kubelet::deployment(const Json& object) {
  const auto replicas = kube::intAt(object, "/spec/replicas", 1);
  return writeStatus(kinds::Deployment, object,
                     {{"observedGeneration", kube::generationOf(object)},
                      {"replicas", replicas},
                      {"updatedReplicas", replicas},
                      {"readyReplicas", replicas},
                      {"availableReplicas", replicas}});
}

bool Kubelet::claims(const Json& set) {
  bool changed = false;
  const Json* templates = kube::find(set, "/spec/volumeClaimTemplates");
  if (templates == nullptr) return false;
  for (const Json& wanted : *templates) {
    const kube::ObjectKey key{kube::namespaceOf(set), kube::nameOf(wanted) + "-" + kube::nameOf(set) + "-0"};
    if (api_.get(kinds::PersistentVolumeClaim, key)) continue;
    Json claim = kube::newObject(kinds::PersistentVolumeClaim, key);
    claim["metadata"]["labels"] = wanted["metadata"]["labels"];
    claim["spec"] = wanted["spec"];
    changed = api_.create(kinds::PersistentVolumeClaim, claim).has_value() || changed;
  }
  return changed;
}

bool Kubelet::bind(const Json& claim) {
  return writeStatus(kinds::PersistentVolumeClaim, claim, {{"phase", "Bound"}});
}

bool Kubelet::statefulSet(const Json& object) {
  const auto replicas = kube::intAt(object, "/spec/replicas", 1);
  const bool claimed = claims(object);
  return writeStatus(kinds::StatefulSet, object,
                     {{"observedGeneration", kube::generationOf(object)},
                      {"replicas", replicas},
                      {"readyReplicas", replicas},
                      {"currentRevision", "r"},
                      {"updateRevision", "r"}}) ||
         claimed;
}

bool Kubelet::job(const Json& object) {
  if (kube::isConditionTrue(object, "Complete") || kube::isConditionTrue(object, "Failed")) return false;
  ++jobRuns_[kube::nameOf(object)];
  if (containsOne(kube::nameOf(object), lost_)) return failJob(object, std::nullopt);
  for (const auto& [part, code] : exits_) {
    if (kube::nameOf(object).find(part) != std::string::npos && code != 0) return failJob(object, code);
  }
  if (isExamination(kube::nameOf(object)) && !jobRuns_.contains(examinedBy(kube::nameOf(object))))
    return failJob(object, kNotDone);
  Json status = finished({"SuccessCriteriaMet", "Complete"});
  status["succeeded"] = 1;
  status["completionTime"] = kTime;
  return writeStatus(kinds::Job, object, status);
}

bool Kubelet::step() {
  bool changed = garbage_ && garbage_() > 0;
  const auto each = [&](const kube::ResourceKind& kind, auto act) {
    kube::ListOptions options;
    options.ns = ns_;
    const auto page = api_.list(kind, options);
    for (const Json& object : page->items) {
      if (!isHeld(kube::nameOf(object)) && !kube::isDeleting(object)) changed = act(object) || changed;
    }
  };
  each(kinds::StatefulSet, [this](const Json& object) { return statefulSet(object); });
  each(kinds::Deployment, [this](const Json& object) { return deployment(object); });
  each(kinds::PersistentVolumeClaim, [this](const Json& object) { return bind(object); });
  each(kinds::Job, [this](const Json& object) { return job(object); });
  return changed;
}

}  // namespace windlass::ops
