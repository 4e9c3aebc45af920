#pragma once
// Standard base64 (RFC 4648 section 4), as in Secret.data and kubeconfig *-data fields. Pure.
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

std::string base64Encode(std::string_view bytes);
// Line breaks and spaces are skipped. Decode on anything else that is not base64; the error never repeats the input.
Result<std::string> base64Decode(std::string_view text);

}  // namespace windlass::kube
