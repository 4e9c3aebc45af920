#pragma once
// An API server of bytes. How it answers a list and a watch is up to the test; it remembers what it was asked.
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "kube/client/rest_client.h"
#include "kube/object/json.h"
#include "tests/kube/transport/byte_server.h"

namespace windlass::kube::faults {

class ScriptedApi {
 public:
  using Answer = std::function<void(ServerConnection&, const std::string& request)>;
  ScriptedApi(Answer list, Answer watch);

  // Request lines so far: "GET /api/v1/configmaps?... HTTP/1.1".
  std::vector<std::string> lists() const;
  std::vector<std::string> watches() const;
  std::string url() const { return server_.url(); }
  // A client without a limiter; a watch is half-open this long after its end.
  std::shared_ptr<RestClient> client(std::chrono::milliseconds watchGrace = std::chrono::seconds(5)) const;

 private:
  void serve(ServerConnection& connection);
  std::vector<std::string> requestsThatAre(bool watch) const;

  const Answer list_, watch_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  ByteServer server_;  // last: it calls back
};

inline Error unavailable() {
  return {ErrorKind::Unavailable, "down", 503, std::nullopt, nullptr};
}

Json configMap(const std::string& name, int version, const std::string& value = "1");
std::string listBody(const std::vector<Json>& items, const std::string& version);
std::string eventLine(const std::string& type, const Json& object);
std::string statusBody(int code, const std::string& reason, const std::string& message);

// Always this list.
ScriptedApi::Answer listOf(std::vector<Json> items, std::string version);
// A watch that sends these lines and then nothing, not even its end.
ScriptedApi::Answer silentAfter(std::string lines);

}  // namespace windlass::kube::faults
