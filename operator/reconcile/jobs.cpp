#include "operator/reconcile/jobs.h"

#include "kube/object/meta.h"

namespace windlass::ops {
kube::TimePoint jobFailedAt(const Json& job) {
  const Json* condition = kube::findCondition(job, "Failed");
  if (condition == nullptr || kube::stringAt(*condition, "/status") != "True") return {};
  return kube::parseTime(kube::stringAt(*condition, "/lastTransitionTime"));
}

JobStep nextJobStep(const std::string& name, const Json* live, const CloudNotes& notes, kube::TimePoint now) {
  if (live == nullptr) return notes.doneJobs.count(name) != 0 ? JobStep::Done : JobStep::Create;
  if (kube::isDeleting(*live)) return JobStep::Leave;
  const kube::TimePoint failed = jobFailedAt(*live);
  if (failed != kube::TimePoint{} && now - failed >= kJobRetryDelay) return JobStep::Remove;
  return JobStep::Leave;
}

}  // namespace windlass::ops
