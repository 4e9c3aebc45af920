#pragma once
// Inputs for plans without a file.
#include "operator/model/settings.h"
#include "operator/plan/planner.h"

namespace windlass::ops {

// A cloud with every service that both releases have.
OpenStackCloud cloudOfEverything(const Catalog& catalog, const std::string& from, const std::string& to);
// Every setting of every component of that cloud changes.
SettingsChange changeOfEverything(const Catalog& catalog, const OpenStackCloud& cloud);
std::vector<std::string> madeUpHosts(int count);

}  // namespace windlass::ops
