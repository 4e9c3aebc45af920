#pragma once
// The lists and watches the API server has served, by its own record: it goes on over restarts of the server.
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::kube {

// The lists ("list") and the watches that were opened ("watch") of one User-Agent for one resource, oldest first: audit
// events as in audit.k8s.io/v1.
std::vector<Json> auditedRequests(const std::string& verb, const std::string& userAgent, const std::string& resource);

}  // namespace windlass::kube
