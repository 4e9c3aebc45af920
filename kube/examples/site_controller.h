#pragma once
// The example of docs/kube.md: every Site is a page in a folder, hence outside of the cluster, and a ConfigMap that
// says where. The footer of all pages of a namespace is an annotation of the namespace. CRD: site-crd.yaml.
#include <string>

#include "kube/examples/page_folder.h"
#include "kube/object/kinds.h"
#include "kube/runtime/manager.h"

namespace windlass::example {

inline const kube::ResourceKind Site{"example.windlass.dev", "v1", "Site", "sites", true};

inline constexpr std::string_view kFinalizer = "example.windlass.dev/site";

struct SiteSpec {
  std::string text;
};

inline void from_json(const kube::Json& json, SiteSpec& spec) {
  json.at("text").get_to(spec.text);
}

void addSiteController(kube::Manager& manager, const PageFolder& pages);

}  // namespace windlass::example
