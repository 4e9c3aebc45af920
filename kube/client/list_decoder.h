#pragma once
// A list answer, item by item: a list of any length is never held as one JSON value (a server may ignore the limit of a
// page, and does so when it answers from its watch cache). Pure; never throws.
#include <functional>
#include <string_view>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::kube {

// Calls `take` with each element of /items in order; what is left of the document is returned. Decode: not JSON, no
// list, or an item that is no object; some items may have been given by then.
Result<Json> decodeList(std::string_view body, const std::function<void(Json)>& take);

}  // namespace windlass::kube
