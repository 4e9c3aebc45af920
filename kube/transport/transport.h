#pragma once
// Making an HttpTransport for an endpoint: TLS, credentials, impersonation and proxy included.
#include <chrono>
#include <memory>

#include "kube/object/result.h"
#include "kube/transport/endpoint.h"
#include "kube/transport/http.h"

namespace windlass::kube {

struct TransportOptions {
  std::chrono::milliseconds recheckTlsAfter = std::chrono::minutes(5);
};

// Reads the endpoint's TLS files and the proxy variables; does not connect. Each transport has its own connection pool.
// Credentials are asked for at each request; after a 401 once more, with what the source then gives. When the TLS files
// have changed, every connection made with the old ones is closed: idle ones at once, those of streams by the
// read() that waits or comes next. Invalid: an address, a file or a proxy that cannot be used (of proxies only http://
// is supported).
Result<std::shared_ptr<HttpTransport>> makeTransport(const Endpoint& endpoint, const std::string& userAgent,
                                                     const TransportOptions& options = {});

}  // namespace windlass::kube
