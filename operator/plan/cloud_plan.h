#pragma once
// The plan that a cloud asks for: from the release and settings that its status names to those of its spec. Pure. The
// operator and `windlass plan --cloud` make the same one.
#include "kube/object/json.h"
#include "operator/model/settings.h"
#include "operator/plan/planner.h"

namespace windlass::ops {

// The same cloud and catalog give the same plan and hash: an approval holds as long as this stays the same. `cloud` is
// the object that `decoded` was read from; it says in its status which release runs. `change` is what settingsChangeOf
// finds. Invalid when there is no such plan, with the legal route or the field to change.
kube::Result<UpgradePlan> planOf(const Catalog& catalog, const kube::Json& cloud, const OpenStackCloud& decoded,
                                 const std::string& imageRegistry, const SettingsChange& change);

// Both were made for the same cloud, which asks for the same: what differs comes from another catalog, so Windlass
// itself was upgraded since the first was approved.
bool asksForTheSame(const UpgradePlan& approved, const UpgradePlan& present);

}  // namespace windlass::ops
