#include "scripted_api.h"

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/transport/transport.h"

namespace windlass::kube::faults {
namespace {

bool isWatch(const std::string& requestLine) {
  return requestLine.find("watch=true") != std::string::npos;
}

}  // namespace

ScriptedApi::ScriptedApi(Answer list, Answer watch)
    : list_(std::move(list)),
      watch_(std::move(watch)),
      server_([this](ServerConnection& connection) { serve(connection); }) {}

void ScriptedApi::serve(ServerConnection& connection) {
  for (std::string request = connection.readRequest(); !request.empty(); request = connection.readRequest()) {
    const std::string line = request.substr(0, request.find("\r\n"));
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(line);
    }
    if (isWatch(line)) return watch_(connection, line);
    list_(connection, line);
  }
}

std::vector<std::string> ScriptedApi::requestsThatAre(bool watch) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const std::string& line : requests_)
    if (isWatch(line) == watch) found.push_back(line);
  return found;
}
std::vector<std::string> ScriptedApi::lists() const {
  return requestsThatAre(false);
}
std::vector<std::string> ScriptedApi::watches() const {
  return requestsThatAre(true);
}

std::shared_ptr<RestClient> ScriptedApi::client(std::chrono::milliseconds watchGrace) const {
  Endpoint endpoint;
  endpoint.server = url();
  RestClientOptions options;
  options.qps = 0;
  options.watchGrace = watchGrace;
  return std::make_shared<RestClient>(makeTransport(endpoint, "fault-test").value(), options);
}

Json configMap(const std::string& name, int version, const std::string& value) {
  Json object = newObject(kinds::ConfigMap, {"ns", name});
  object["metadata"]["uid"] = "uid-" + name;
  object["metadata"]["resourceVersion"] = std::to_string(version);
  object["data"]["value"] = value;
  return object;
}

std::string listBody(const std::vector<Json>& items, const std::string& version) {
  return Json{{"kind", "ConfigMapList"}, {"metadata", {{"resourceVersion", version}}}, {"items", items}}.dump();
}

std::string eventLine(const std::string& type, const Json& object) {
  return Json{{"type", type}, {"object", object}}.dump() + "\n";
}

std::string statusBody(int code, const std::string& reason, const std::string& message) {
  return Json{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"},
              {"code", code},     {"reason", reason},   {"message", message}}
      .dump();
}

ScriptedApi::Answer listOf(std::vector<Json> items, std::string version) {
  return [body = listBody(items, version)](ServerConnection& connection, const std::string&) {
    connection.respond("200 OK", body, "Content-Type: application/json\r\n");
  };
}

ScriptedApi::Answer silentAfter(std::string lines) {
  return [lines = std::move(lines)](ServerConnection& connection, const std::string&) {
    connection.beginChunks();
    if (!lines.empty()) connection.sendChunk(lines);
    connection.readSome();  // until the client leaves or the test ends
  };
}

}  // namespace windlass::kube::faults
