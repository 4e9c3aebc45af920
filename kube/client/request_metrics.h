#pragma once
// The hook by which the metrics endpoint counts API requests (rest_client_requests_total{code,method,host}).
#include <chrono>
#include <functional>
#include <string>

namespace windlass::kube {

struct RequestRecord {
  std::string method;  // "GET", ...; watches count when they open
  std::string host;    // "10.0.0.1:6443"
  std::string code;    // "200"; "<error>" when no response came (client-go's name for it)
  std::chrono::microseconds duration{0};
};
using RequestObserver = std::function<void(const RequestRecord&)>;

// Process-wide, replaces the one before; nullptr = none. Called on the caller's thread of each request, after each
// attempt; must be quick and thread-safe.
void setRequestObserver(RequestObserver observer);
void observeRequest(const RequestRecord& record);

}  // namespace windlass::kube
