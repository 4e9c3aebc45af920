#pragma once
// `windlass status`: the clouds of a namespace, in short.
#include <string>
#include <vector>

#include "kube/client/client.h"

namespace windlass::ops {

// One cloud as text; `runs` are the UpgradeRuns of its namespace. Pure.
std::string cloudText(const kube::Json& cloud, const std::vector<kube::Json>& runs);

// The cloud of this name, or ("") all of the namespace. NotFound: there is none.
kube::Result<std::string> showClouds(kube::Client& client, const std::string& ns, const std::string& name);

}  // namespace windlass::ops
