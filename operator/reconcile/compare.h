#pragma once
// Is everything we want already there? Pure. Fields that we do not name belong to others and are not looked at.
#include <optional>
#include <string>

#include "kube/object/json.h"

namespace windlass::ops {

// JSON pointer of the first field of `desired` that `live` does not hold, or nullopt when it holds all.
// Follows how the API server stores things: an empty value equals an absent one, quantities compare by amount, lists of
// named entries match by name (others may add entries), other lists must be equal in length and order.
std::optional<std::string> firstDifference(const kube::Json& desired, const kube::Json& live);

}  // namespace windlass::ops
