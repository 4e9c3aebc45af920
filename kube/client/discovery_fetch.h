#pragma once
// Asking a server for its resources. Internal to the room.
#include <vector>

#include "kube/client/discovery.h"

namespace windlass::kube {

// Core resources first, then groups in the server's order, each in its preferred version first.
Result<std::vector<DiscoveredResource>> fetchResources(RestClient& client);

}  // namespace windlass::kube
