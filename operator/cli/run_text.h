#pragma once
// Parts of an UpgradeRun as text for people. Pure.
#include <string>

#include "kube/object/json.h"

namespace windlass::ops {

// The steps that were begun, as a table with a title line.
std::string stepsTable(const kube::Json& run);
// The canary with its numbers, as long as the run stands at one or its end has to be explained; else "".
std::string canaryText(const kube::Json& run);

}  // namespace windlass::ops
