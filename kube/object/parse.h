#pragma once
// Reading JSON that came from outside. Pure; never throws.
#include <string_view>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::kube {

// Deeper values are refused: copying, comparing and printing a value are recursive, so its depth is stack. The API
// server takes 10000 levels (encoding/json), a real object has about 20.
inline constexpr int kMaxJsonDepth = 1000;

// Decode: not JSON, not UTF-8, or nested deeper than kMaxJsonDepth. The message never repeats the input.
Result<Json> parseJson(std::string_view text);

}  // namespace windlass::kube
