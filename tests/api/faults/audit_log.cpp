#include "audit_log.h"

#include <cstdlib>
#include <fstream>

#include "kube/object/meta.h"

namespace windlass::kube {

std::vector<Json> auditedRequests(const std::string& verb, const std::string& userAgent, const std::string& resource) {
  const std::string stage = verb == "watch" ? "ResponseStarted" : "ResponseComplete";  // a watch is there twice
  std::ifstream log(std::string(std::getenv("WINDLASS_API_DIR")) + "/audit.log");
  std::vector<Json> found;
  for (std::string line; std::getline(log, line);) {
    Json event = Json::parse(line, nullptr, false);  // the last line may be half written
    if (stringAt(event, "/verb") != verb || stringAt(event, "/stage") != stage) continue;
    if (stringAt(event, "/userAgent") != userAgent || stringAt(event, "/objectRef/resource") != resource) continue;
    found.push_back(std::move(event));
  }
  return found;
}

}  // namespace windlass::kube
