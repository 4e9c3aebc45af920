#pragma once
// Warning headers (deprecated API versions and the like). Source: k8s.io/apimachinery pkg/util/net/http.go,
// ParseWarningHeader; RFC 7234 section 5.5.
#include <string>
#include <string_view>
#include <vector>

#include "kube/transport/http.h"

namespace windlass::kube {

// The texts of the 299 warnings in one header value. Anything malformed ends the reading.
std::vector<std::string> parseWarnings(std::string_view header);
// Logs each text once in the life of the process (at most 1000 different ones are remembered).
void logWarnings(const Headers& headers);

}  // namespace windlass::kube
