#pragma once
// Inputs for plans without a file.
#include "operator/plan/planner.h"

namespace windlass::ops {

// A cloud with every service that both releases have.
OpenStackCloud cloudOfEverything(const Catalog& catalog, const std::string& from, const std::string& to);
std::vector<std::string> madeUpHosts(int count);

}  // namespace windlass::ops
