#pragma once
// Named health checks and their HTTP answer: "/healthz" runs all, "/healthz/<name>" one; 200 "ok" or 500 with the list
// of what failed, as k8s.io/apiserver/pkg/server/healthz writes it. Thread-safe.
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kube/object/result.h"
#include "kube/serve/http_server.h"

namespace windlass::kube {

class HealthChecks {
 public:
  using Check = std::function<Status()>;

  explicit HealthChecks(std::string root) : root_(std::move(root)) {}
  void add(const std::string& name, Check check);
  HttpAnswer answer(const HttpQuery& query) const;
  // Serves root and root/<name>.
  void serveOn(HttpServer& server);

 private:
  const std::string root_;  // "/healthz"
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Check>> checks_;
};

}  // namespace windlass::kube
