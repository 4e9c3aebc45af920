#pragma once
// The real catalog and the demo cloud, for the tests of rendering.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "operator/render/render.h"

namespace windlass::ops::test {

const Catalog& realCatalog();
Json exampleObject(const std::string& file);  // of docs/examples
Json demoObject();                            // openstackcloud.yaml
Json threeServicesObject();                   // openstackcloud-three-services.yaml
// The name of the demo's first service, whatever it is.
std::string apiService();
// The API of that service is tried with the release after the demo's.
RenderContext tryingNext();
OpenStackCloud decoded(const Json& object);
RenderedCloud rendered(const Json& object, const RenderContext& context = {});
std::string refusalOf(const Json& object);

// All objects of a kind, in order.
std::vector<Json> objectsOf(const RenderedCloud& cloud, const std::string& kind);
std::vector<Json> allObjects(const RenderedCloud& cloud);
// Pod specs of all workloads and jobs with the name of their owner.
struct NamedPod {
  std::string owner;
  Json pod;
};
std::vector<NamedPod> podsOf(const RenderedCloud& cloud);
// The text of the config file of a revision, found through the ConfigMap that the component's pod mounts.
std::string configOf(const RenderedCloud& cloud, const std::string& component, const std::string& file);

}  // namespace windlass::ops::test
