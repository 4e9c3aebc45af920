#include "kube/serve/health.h"

#include <exception>

namespace windlass::kube {
namespace {

Status runCheck(const HealthChecks::Check& check) {
  try {
    return check();
  } catch (const std::exception& e) {
    return fail(ErrorKind::Internal, std::string("the check threw: ") + e.what());
  }
}

}  // namespace

void HealthChecks::add(const std::string& name, Check check) {
  const std::lock_guard lock(mutex_);
  checks_.emplace_back(name, std::move(check));
}

HttpAnswer HealthChecks::answer(const HttpQuery& query) const {
  std::vector<std::pair<std::string, Check>> checks;
  {
    const std::lock_guard lock(mutex_);
    checks = checks_;
  }
  const std::string only = query.path.size() > root_.size() + 1 ? query.path.substr(root_.size() + 1) : "";
  std::string report;
  bool known = only.empty() || only == "ping";
  bool healthy = true;
  for (const auto& [name, check] : checks) {
    if (!only.empty() && name != only) continue;
    known = true;
    const Status status = runCheck(check);
    healthy = healthy && status.has_value();
    report += status ? "[+]" + name + " ok\n" : "[-]" + name + " failed: " + status.error().toString() + "\n";
  }
  if (!known) return {404, "there is no check named " + only + "\n"};
  if (!healthy) return {500, report + root_.substr(1) + " check failed\n"};
  return {200, query.verbose ? report + root_.substr(1) + " check passed\n" : "ok"};
}

void HealthChecks::serveOn(HttpServer& server) {
  server.get(root_ + "(/[A-Za-z0-9_.-]+)?", [this](const HttpQuery& query) { return answer(query); });
}

}  // namespace windlass::kube
