#pragma once
// Settings: what of spec.services makes new revisions of components, so config, image, resources and placement. Not
// replicas and volumes, which are applied at once. With `spec.changes: Planned` the settings in use stay until an
// approved plan has replaced them, and each set of them that still matters is kept in a ControllerRevision. Pure.
#include <map>
#include <string>
#include <vector>

#include "operator/model/component_release.h"
#include "operator/model/openstack_cloud.h"

namespace windlass::ops {

// As they stand in the spec: service -> those of the four fields that are there.
kube::Json settingsOf(const kube::Json& cloudSpec);

using Settings = std::map<std::string, WorkloadSpec>;  // by service; replicas are never said
// Strict, as the spec itself is decoded.
kube::Result<Settings> decodeSettings(const kube::Json& settings);
// The services that the spec asks for, with these settings; those that `settings` does not name keep their own.
OpenStackCloudSpec withSettings(OpenStackCloudSpec spec, const Settings& settings);

// "<cloud>-settings-<10 hex digits of SHA-256>": the same settings have the same name.
std::string settingsName(const std::string& cloud, const kube::Json& settings);

// "services.x.config.DEFAULT.debug: false -> true" for each field that differs, of the services that both have. At most
// 200, the last one says how many more; values are cut at 120 bytes.
std::vector<std::string> settingsDifference(const kube::Json& before, const kube::Json& after);

// What becomes the settings in use without a plan: those of the spec for services that `inUse` does not have, and for
// all when nothing `waits`; services that the spec does not have any more are forgotten.
kube::Json adoptedSettings(const kube::Json& inUse, const kube::Json& ofSpec, bool waits);

// Sets of settings by name, as far as they are known.
using SettingsBook = std::map<std::string, kube::Json>;
// The ControllerRevision that keeps `settings`, with label and owner. `number` orders those of a cloud.
kube::Json settingsRevision(const kube::Json& cloud, const kube::Json& settings, std::int64_t number);
// Those that the cloud owns, and the settings of its spec. One whose content is not what its name says does not count.
SettingsBook settingsBook(const std::vector<kube::Json>& revisions, const kube::Json& cloud);
// Invalid, with the ways out, when the book does not have it.
kube::Result<kube::Json> settingsNamed(const SettingsBook& book, const std::string& name);

// What a change of settings comes to: from those in use to those of the spec. Empty when nothing is held.
struct SettingsChange {
  std::string from, to;                 // names
  std::int64_t revision = 0;            // of `from`: how often the settings in use were replaced before
  std::vector<std::string> lines;       // settingsDifference
  std::vector<std::string> components;  // "<service>/<component>" whose revision is another one; sorted
};

}  // namespace windlass::ops
