#pragma once
// The JSON value every object is made of. Keys are sorted (std::map), so two equal objects dump to equal bytes.
#include <nlohmann/json.hpp>

namespace windlass::kube {
using Json = nlohmann::json;
}  // namespace windlass::kube
