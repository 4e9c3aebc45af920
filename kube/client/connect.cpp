#include "kube/client/connect.h"

#include <algorithm>

#include "kube/client/rest_connect.h"
#include "kube/transport/kubeconfig.h"
#include "kube/transport/transport.h"

namespace windlass::kube {

Result<Endpoint> endpointFor(const ConnectOptions& options) {
  return loadEndpoint(LoadingRules::fromEnvironment(options.kubeconfig), options.context);
}

Result<std::shared_ptr<RestClient>> connectRest(const ConnectOptions& options) {
  WINDLASS_TRY_ASSIGN(const Endpoint endpoint, endpointFor(options));
  const std::string userAgent = options.userAgent.empty() ? "windlass" : options.userAgent;
  WINDLASS_TRY_ASSIGN(auto transport, makeTransport(endpoint, userAgent));
  return std::make_shared<RestClient>(std::move(transport),
                                      RestClientOptions{options.qps, options.burst, options.requestTimeout});
}

Result<std::shared_ptr<Client>> connect(const ConnectOptions& options) {
  WINDLASS_TRY_ASSIGN(auto client, connectRest(options));
  return client;
}

ConnectOptions forLease(ConnectOptions options, std::chrono::seconds renewDeadline) {
  options.qps = 0;
  options.requestTimeout = std::max(std::chrono::seconds(1), renewDeadline / 2);
  return options;
}

Result<std::string> currentNamespace(const ConnectOptions& options) {
  WINDLASS_TRY_ASSIGN(const Endpoint endpoint, endpointFor(options));
  return endpoint.defaultNamespace.empty() ? "default" : endpoint.defaultNamespace;
}

}  // namespace windlass::kube
