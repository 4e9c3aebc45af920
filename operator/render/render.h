#pragma once
// render(catalog, cloud) -> stages. Pure: same input, same bytes. No clock, no I/O, no client.
#include "operator/catalog/catalog.h"
#include "operator/model/component_release.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/settings.h"
#include "operator/render/stage.h"
#include "operator/render/traffic_maps.h"

namespace windlass::ops {

// What rendering needs to know of the surroundings; all of it comes from the caller so that the function stays pure.
struct RenderContext {
  std::string imageRegistry = "windlass.dev";
  std::string clusterDomain = "cluster.local";
  // Secrets by name -> hash of their content, generated ones as well as those that people made. What a process was
  // started with is part of its revision: a Secret with another content makes a new one, and runs the jobs again that
  // are keyed by secrets. So the caller makes sure of all secrets first (the requests do not depend on these hashes),
  // then renders with their hashes.
  std::map<std::string, std::string> referencedHashes;
  // What the gateways are told besides their configuration: its change restarts nothing.
  TrafficSplits traffic;
  // Components that do not run the cloud's release and settings, during an upgrade.
  ComponentReleases components;
  // Components of which a revision of this release and these settings is tried beside the one in use. Its pods get no
  // request but what the gateway draws for it (`traffic`).
  ComponentReleases canaries;
  // Name of the settings that the cloud given to render() has, "" when nobody asks for it: a label of workloads.
  std::string settingsInUse;
  // By name: those that `components` and `canaries` name.
  std::map<std::string, Settings> settings;
};

// Jobs are named by the hash of all they consist of, immutable ConfigMaps too: an object of that name never has another
// content. Each object stands in one stage only.
//
// Invalid with the field's path (spec.services.x.config.y) and the remedy when the cloud asks for something the catalog
// does not know (release, service, config section).
Result<RenderedCloud> render(const Catalog& catalog, const OpenStackCloud& cloud, const RenderContext& context);

}  // namespace windlass::ops
