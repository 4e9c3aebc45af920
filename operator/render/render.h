#pragma once
// render(catalog, cloud) -> stages. Pure: same input, same bytes. No clock, no I/O, no client.
#include "operator/catalog/catalog.h"
#include "operator/model/openstack_cloud.h"
#include "operator/render/stage.h"

namespace windlass::ops {

// What rendering needs to know of the surroundings; all of it comes from the caller so that the function stays pure.
struct RenderContext {
  std::string imageRegistry = "windlass.dev";
  std::string clusterDomain = "cluster.local";
  // Hash of the non-generated Secrets and ConfigMaps that the cloud refers to (name -> resourceVersion or content hash),
  // so that a changed reference makes a new revision.
  std::map<std::string, std::string> referencedHashes;
};

// Invalid with the field's path (spec.services.x.config.y) and the remedy when the cloud asks for something the catalog
// does not know (release, service, config section).
Result<RenderedCloud> render(const Catalog& catalog, const OpenStackCloud& cloud, const RenderContext& context);

}  // namespace windlass::ops
