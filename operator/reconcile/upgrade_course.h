#pragma once
// Which release and settings each component of a cloud is to run now, from its status and from the run that is under
// way.
//
// It is recorded in the cloud's status before anything is applied. So what a run has reached stays when somebody
// deletes the run, and a release that a run has finished is not forgotten with it.
#include <optional>
#include <string>
#include <vector>

#include "operator/execute/run.h"
#include "operator/model/component_release.h"
#include "operator/model/openstack_cloud.h"
#include "operator/plan/plan.h"
#include "operator/reconcile/observe.h"
#include "operator/render/traffic_maps.h"

namespace windlass::ops {

struct UpgradeInWork {
  std::string name;  // of the UpgradeRun
  UpgradePlan plan;
  Run run;
  Json canary;  // what its status says of it (canary_notes.h), null
};

struct Course {
  std::string release;   // of all that `components` does not name; "" before the cloud was complete once
  std::string settings;  // in use, of the same; "" unless changes are planned and the cloud was complete once
  std::int64_t settingsRevision = 0;           // how often they were replaced
  ComponentReleases components;                // those that differ from it
  ComponentReleases canaries;                  // what is tried beside
  std::map<std::string, TrafficSplit> splits;  // what the gateway is to give them, by component
  std::optional<UpgradeInWork> work;
  bool finishing = false;  // a run is over, and what only the new release has is still being made
};

// An UpgradeRun of this cloud that was begun and not taken back (or by its backups), with its UpgradePlan (null when it
// is gone).
struct BegunRun {
  Json run;
  Json plan;
};

// At work, forwards or back.
bool isMoving(RunMode mode);
// Approved and not over. A failed run is in work: it can be resumed.
bool isInWork(RunMode mode);
// True when the run was taken over for this very cloud (see adoptRun): one of an earlier cloud of the name does not
// count.
bool belongsTo(const Json& run, const Json& cloud);

// Pure. A run whose plan or status cannot be understood changes nothing: what was recorded stands.
Course courseOf(const Json& cloud, const std::vector<BegunRun>& runs);
// Pure: `status` with what the course says of releases and settings.
OpenStackCloudStatus withCourse(OpenStackCloudStatus status, const Course& course);

Result<std::vector<BegunRun>> begunRuns(kube::Client& client, const Json& cloud);

}  // namespace windlass::ops
