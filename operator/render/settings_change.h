#pragma once
// What a change of settings that waits would do to a cloud. Pure.
#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/settings.h"

namespace windlass::ops {

// From the settings that the status of `cloud` names to those of its spec, which `decoded` was read from. Empty when
// nothing is held: changes are direct, nothing was recorded yet, or both are the same for what runs. Components are
// compared only while the release stays; a change of the release moves them all.
//
// Invalid when one of the two cannot be rendered, or when `book` does not have the settings in use.
kube::Result<SettingsChange> settingsChangeOf(const Catalog& catalog, const kube::Json& cloud,
                                              const OpenStackCloud& decoded, const SettingsBook& book,
                                              const std::string& imageRegistry);

}  // namespace windlass::ops
