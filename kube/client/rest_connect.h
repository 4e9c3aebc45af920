#pragma once
// connect() for callers that need more than Client: raw paths, logs, exec channels, discovery.
#include <memory>

#include "kube/client/connect.h"
#include "kube/client/rest_client.h"
#include "kube/transport/endpoint.h"

namespace windlass::kube {

Result<std::shared_ptr<RestClient>> connectRest(const ConnectOptions& options);
// The endpoint connect() would use; holds secrets, never to be logged.
Result<Endpoint> endpointFor(const ConnectOptions& options);

}  // namespace windlass::kube
