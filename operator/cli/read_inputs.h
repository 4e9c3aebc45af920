#pragma once
// Files of the command line: a cloud, and what was observed of it.
#include <string>

#include "operator/catalog/catalog.h"
#include "operator/plan/planner.h"

namespace windlass::ops {

struct CloudFile {
  OpenStackCloud cloud;
  std::string specDigest;
};

// Each error begins with the file's name.
kube::Result<CloudFile> readCloudFile(const std::string& path);
// hosts: [names], serviceRecords: {<record>: <version>}, runningRelease: "2025.1". `observed` of "" is nothing known.
kube::Result<CloudFacts> readObservedFile(const std::string& path);

// The service and upgrade data below `folder` (--catalog).
kube::Result<Catalog> readCatalogFolder(const std::string& folder);

// A text file of at most 4 MiB.
kube::Result<std::string> readTextFile(const std::string& path);

}  // namespace windlass::ops
