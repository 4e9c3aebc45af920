#include "operator/reconcile/status_writer.h"

#include "kube/object/meta.h"
#include "kube/runtime/log.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

void tell(kube::EventRecorder& events, const Json& cloud, const CloudReport& report) {
  if (report.phase == CloudPhase::Deleting) return;
  const Json* old = kube::findCondition(cloud, "Ready");
  const bool wasReady = kube::isConditionTrue(cloud, "Ready");
  const bool ready =
      report.phase == CloudPhase::Ready || report.phase == CloudPhase::Serving || report.phase == CloudPhase::Changing;
  const std::string oldReason = old == nullptr ? "" : kube::stringAt(*old, "/reason");
  if (ready && !wasReady) {
    events.record(kOpenStackCloudKind, cloud, {kube::EventType::Normal, "Ready", "Reconcile", report.message});
    return;
  }
  const bool bad = report.phase == CloudPhase::Failed || report.phase == CloudPhase::Invalid;
  if (bad && (wasReady || oldReason != report.reason))
    events.record(kOpenStackCloudKind, cloud, {kube::EventType::Warning, report.reason, "Reconcile", report.message});
}

void tellUpgrade(kube::EventRecorder& events, const Json& cloud, const CloudReport& report) {
  if (!report.upgrade || report.upgrade->reason == "AtRelease") return;
  const UpgradeNote& note = *report.upgrade;
  const Json* old = kube::findCondition(cloud, "Upgraded");
  if (old != nullptr && kube::stringAt(*old, "/reason") == note.reason &&
      kube::stringAt(*old, "/message") == note.message)
    return;
  const kube::EventType type = note.plan.empty() ? kube::EventType::Warning : kube::EventType::Normal;
  events.record(kOpenStackCloudKind, cloud, {type, note.reason, "Upgrade", note.message});
}

}  // namespace

Result<Json> recordCourse(kube::Client& client, const Json& cloud, const Course& course, kube::TimePoint now) {
  if (course.release.empty()) return cloud;
  const OpenStackCloudStatus before = decodeStatus(cloud);
  OpenStackCloudStatus status = withCourse(before, course);
  const bool newRelease = status.release != before.release;
  if (newRelease || (course.finishing && status.settings != before.settings)) {
    const std::string runs = newRelease
                                 ? "everything runs " + status.release + "; what only this release has is being made"
                                 : "everything runs with the new settings; jobs that read them run once more";
    kube::setCondition(status.conditions, {"Upgraded", "False", "UpgradeFinishing", runs, kube::generationOf(cloud)},
                       now);
  }
  const Json encoded = encodeStatus(status);
  if (encoded == encodeStatus(before)) return cloud;
  Json object = kube::newObject(kOpenStackCloudKind, kube::keyOf(cloud));
  object["status"] = encoded;
  auto written = client.apply(kOpenStackCloudKind, object, {std::string(kFieldManager), true, false}, "status");
  if (!written) return kube::wrap("cannot record which releases run", written.error());
  return std::move(*written);
}

Status publish(kube::Client& client, kube::EventRecorder& events, const Json& cloud, const CloudReport& report,
               kube::TimePoint now) {
  const Json status = statusOf(cloud, report, now);
  if (status == cloud.value("status", Json::object())) return {};
  Json object = kube::newObject(kOpenStackCloudKind, kube::keyOf(cloud));
  object["status"] = status;
  auto written = client.apply(kOpenStackCloudKind, object, {std::string(kFieldManager), true, false}, "status");
  if (!written) {
    if (written.error().kind == kube::ErrorKind::NotFound) return {};
    return kube::wrap("cannot write the status of cloud " + kube::keyOf(cloud).toString(), written.error());
  }
  kube::logInfo(report.message, {{"cloud", kube::keyOf(cloud).toString()}, {"reason", report.reason}});
  tell(events, cloud, report);
  tellUpgrade(events, cloud, report);
  return {};
}

}  // namespace windlass::ops
