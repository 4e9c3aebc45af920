#pragma once
// What a reconcile found, as the status people read. Pure. Conditions follow the API conventions:
//   Ready        what the spec asks for runs and answers
//   Progressing  the operator is changing something, or waits for something that goes on by itself
//   Degraded     something is wrong that a person has to mend, or a part is missing while the rest serves
//   Upgradeable  a change of spec.release may be asked for
//   Upgraded     the release of the spec is the one that runs; else what is needed for it
#include <map>
#include <optional>
#include <string>

#include "kube/object/conditions.h"
#include "kube/object/json.h"
#include "operator/model/openstack_cloud.h"
#include "operator/reconcile/stages.h"
#include "operator/reconcile/upgrade_course.h"
#include "operator/render/stage.h"

namespace windlass::ops {

enum class CloudPhase {
  Ready,     // all is there
  Serving,   // was complete, parts are missing but the APIs answer
  Changing,  // serves as before while an upgrade changes it
  Waiting,   // goes on by itself
  Failed,    // a person has to mend something
  Invalid,   // the spec cannot be carried out; what runs is left alone
  Deleting,
};

// Why the release that runs is not that of the spec, or that it is.
struct UpgradeNote {
  std::string reason;  // CamelCase; AtRelease when nothing is left to do
  std::string message;
  std::string plan;  // name of the UpgradePlan that leads there, "" when there is none
};

struct CloudReport {
  CloudPhase phase = CloudPhase::Waiting;
  std::string reason;      // CamelCase
  std::string message;     // for people; with remedy
  std::string waitingFor;  // one sentence, "" when nothing is awaited
  // Absent: as the status said before.
  std::optional<std::string> release;
  std::optional<std::map<std::string, std::string>> endpoints;
  std::optional<std::map<std::string, ServiceStatus>> services;
  std::optional<UpgradeNote> upgrade;
  std::optional<std::string> settings = {};  // name of those that take the place of the settings in use
};

// `settled`: this rendering was complete before. `wasReady`: the cloud says Ready.
CloudReport reportOf(const WalkResult& walk, bool settled, bool wasReady);
// The same during an upgrade: what only the new revisions wait for does not concern those who use the cloud.
CloudReport duringUpgrade(CloudReport report, const WalkResult& walk, const Course& course);
// What is to be told of the run in work; `offer` is what the cloud would be offered now.
UpgradeNote noteOf(const UpgradeInWork& work, const UpgradeNote& offer);
CloudReport invalidReport(const std::string& reason, const std::string& message);
CloudReport problemReport(const Readiness& problem);
CloudReport deletingReport(const std::string& waitingFor);

// Replicas and revision of every service, from the rendered workloads and what is live of them. Key: service.
std::map<std::string, ServiceStatus> serviceStatuses(const RenderedCloud& rendered,
                                                     const std::map<std::string, Json>& live);

// The complete .status, built on the one the object has (transition times are kept).
Json statusOf(const Json& cloud, const CloudReport& report, kube::TimePoint now);

}  // namespace windlass::ops
