#pragma once
// Parts of an UpgradeRun as text for people. Pure.
#include <string>

#include "kube/object/json.h"

namespace windlass::ops {

// "title        text" and the end of the line; "" without a text.
std::string titledLine(const std::string& title, const std::string& text);
// What may be asked of the run now: "pause, rollback".
std::string actionsText(const kube::Json& run);
// The steps that were begun, as a table with a title line.
std::string stepsTable(const kube::Json& run);
// The canary with its numbers, as long as the run stands at one or its end has to be explained; else "".
std::string canaryText(const kube::Json& run);

}  // namespace windlass::ops
