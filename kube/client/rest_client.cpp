#include "kube/client/rest_client.h"

#include <array>
#include <utility>

#include "kube/client/list_decoder.h"
#include "kube/client/rest_watch.h"
#include "kube/object/conditions.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr const char* kJson = "application/json";
// Of a log beyond the limit that was asked for: an error message, or a server that cuts a little late.
constexpr std::size_t kLogSlack = 65536;

std::string acceptFor(bool metadataOnly, const char* metadataKind) {
  return metadataOnly ? std::string("application/json;as=") + metadataKind + ";g=meta.k8s.io;v=v1" : kJson;
}

std::string describe(const char* verb, const ResourceKind& kind, const ObjectKey& key, const std::string& subresource) {
  return std::string(verb) + " " + kind.kind + " " + key.toString() + (subresource.empty() ? "" : "/" + subresource);
}

std::string describeAll(const char* verb, const ResourceKind& kind, const std::string& ns) {
  return std::string(verb) + " " + kind.plural + (ns.empty() ? "" : " in " + ns);
}

const char* patchContentType(PatchType type) {
  switch (type) {
    case PatchType::Json:
      return "application/json-patch+json";
    case PatchType::Merge:
      return "application/merge-patch+json";
    case PatchType::StrategicMerge:
      break;
  }
  return "application/strategic-merge-patch+json";
}

// Items of a list come without apiVersion and kind.
void fillType(Json& item, const std::string& apiVersion, const std::string& kind) {
  if (!item.contains("apiVersion")) item["apiVersion"] = apiVersion;
  if (!item.contains("kind")) item["kind"] = kind;
}

Json deleteBody(const DeleteOptions& options) {
  Json body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", options.propagation}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resourceVersion.empty()) body["preconditions"]["resourceVersion"] = options.resourceVersion;
  if (options.gracePeriodSeconds) body["gracePeriodSeconds"] = *options.gracePeriodSeconds;
  return body;
}

}  // namespace

RestClient::RestClient(std::shared_ptr<HttpTransport> transport, const RestClientOptions& options)
    : transport_(std::move(transport)), options_(options), limiter_(options.qps, options.burst) {}

HttpRequest RestClient::request(std::string method, std::string target) const {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.timeout = options_.requestTimeout;
  return request;
}

HttpRequest RestClient::bodyRequest(std::string method, std::string target, const Json& body,
                                    std::string contentType) const {
  HttpRequest made = request(std::move(method), std::move(target));
  made.headers = {{"Accept", kJson}, {"Content-Type", std::move(contentType)}};
  // Invalid UTF-8 is replaced, not thrown: the server then judges the value.
  made.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return made;
}

Result<Json> RestClient::get(const ResourceKind& kind, const ObjectKey& key) {
  WINDLASS_TRY_ASSIGN(std::string path, objectPath(kind, key));
  HttpRequest made = request("GET", std::move(path));
  made.headers = {{"Accept", kJson}};
  return sendForJson(describe("get", kind, key, ""), std::move(made));
}

Result<ListPage> RestClient::list(const ResourceKind& kind, const ListOptions& options) {
  const std::string what = describeAll("list", kind, options.ns);
  HttpRequest made = request("GET", withQuery(collectionPath(kind, options.ns), listQuery(options)));
  made.headers = {{"Accept", acceptFor(options.metadataOnly, "PartialObjectMetadataList")}};
  made.stop = options.stop;
  WINDLASS_TRY_ASSIGN(const HttpResponse response, send(what, std::move(made)));
  const std::string apiVersion = options.metadataOnly ? "meta.k8s.io/v1" : kind.apiVersion();
  const std::string itemKind = options.metadataOnly ? "PartialObjectMetadata" : kind.kind;
  ListPage page;
  const auto rest = decodeList(response.body, [&](Json item) {
    fillType(item, apiVersion, itemKind);
    options.take ? options.take(std::move(item)) : page.items.push_back(std::move(item));
  });
  if (!rest) return wrap(what, rest.error());
  page.resourceVersion = stringAt(*rest, "/metadata/resourceVersion");
  page.continueToken = stringAt(*rest, "/metadata/continue");
  return page;
}

Result<std::unique_ptr<WatchStream>> RestClient::watch(const ResourceKind& kind, const WatchOptions& options) {
  const std::string what = describeAll("watch", kind, options.ns);
  HttpRequest made = request("GET", withQuery(collectionPath(kind, options.ns), watchQuery(options)));
  made.headers = {{"Accept", acceptFor(options.metadataOnly, "PartialObjectMetadata")}};
  made.timeout = options.timeout + options_.watchGrace;
  made.stop = options.stop;
  WINDLASS_TRY_ASSIGN(auto bytes, openStream(what, made));
  return std::make_unique<RestWatch>(std::move(bytes), what);
}

Result<Json> RestClient::create(const ResourceKind& kind, const Json& object) {
  const ObjectKey key = keyOf(object);
  if (kind.namespaced && key.ns.empty())
    return fail(ErrorKind::Invalid, "create " + kind.kind + " " + key.name + ": metadata.namespace is missing");
  return sendForJson(describe("create", kind, key, ""),
                     bodyRequest("POST", collectionPath(kind, key.ns), object, kJson));
}

Result<Json> RestClient::update(const ResourceKind& kind, const Json& object, const std::string& subresource) {
  const ObjectKey key = keyOf(object);
  WINDLASS_TRY_ASSIGN(std::string path, objectPath(kind, key, subresource));
  return sendForJson(describe("update", kind, key, subresource), bodyRequest("PUT", std::move(path), object, kJson));
}

Result<Json> RestClient::patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                               const std::string& subresource) {
  WINDLASS_TRY_ASSIGN(std::string path, objectPath(kind, key, subresource));
  return sendForJson(describe("patch", kind, key, subresource),
                     bodyRequest("PATCH", std::move(path), body, patchContentType(type)));
}

Result<Json> RestClient::apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                               const std::string& subresource) {
  const ObjectKey key = keyOf(object);
  WINDLASS_TRY_ASSIGN(const std::string path, objectPath(kind, key, subresource));
  if (options.fieldManager.empty() || options.fieldManager.size() > 128)
    return fail(ErrorKind::Invalid,
                "apply " + kind.kind + " " + key.toString() + ": fieldManager needs 1 to 128 characters");
  Json body = object;
  fillType(body, kind.apiVersion(), kind.kind);
  body["metadata"].erase("managedFields");  // the server refuses a body that has them
  const std::string what = describe("apply", kind, key, subresource);
  HttpRequest made = bodyRequest("PATCH", withQuery(path, applyQuery(options)), body, "application/apply-patch+yaml");
  if (options.readAnswer) return sendForJson(what, std::move(made), Answer::Slim);
  WINDLASS_TRY(send(what, std::move(made)));
  return Json();
}

Status RestClient::remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options) {
  WINDLASS_TRY_ASSIGN(std::string path, objectPath(kind, key));
  WINDLASS_TRY(
      send(describe("delete", kind, key, ""), bodyRequest("DELETE", std::move(path), deleteBody(options), kJson)));
  return {};
}

Result<std::string> RestClient::readLog(const ObjectKey& pod, const LogOptions& options) {
  WINDLASS_TRY_ASSIGN(const std::string path, objectPath(kinds::Pod, pod, "log"));
  Query query{{"timestamps", "true"}, {"limitBytes", std::to_string(options.limitBytes)}};
  if (!options.container.empty()) query.emplace_back("container", options.container);
  if (options.sinceSeconds > 0)
    query.emplace_back("sinceTime", formatTime(TimePoint(std::chrono::seconds(options.sinceSeconds))));
  HttpRequest made = request("GET", withQuery(path, query));
  made.headers = {{"Accept", "*/*"}};
  made.timeout = options.timeout;
  made.maxResponse = options.limitBytes + kLogSlack;
  WINDLASS_TRY_ASSIGN(HttpResponse response, send(describe("get", kinds::Pod, pod, "log"), std::move(made)));
  return std::move(response.body);
}

Result<std::string> RestClient::getRaw(const std::string& path, const Query& query, const std::string& accept) {
  HttpRequest made = request("GET", withQuery(path, query));
  made.headers = {{"Accept", accept}};
  WINDLASS_TRY_ASSIGN(HttpResponse response, send("get " + path, std::move(made)));
  return std::move(response.body);
}

Result<Json> RestClient::getJson(const std::string& path, const Query& query, const std::string& accept) {
  HttpRequest made = request("GET", withQuery(path, query));
  made.headers = {{"Accept", accept}};
  return sendForJson("get " + path, std::move(made));
}

Result<Json> RestClient::postJson(const std::string& path, const Json& body) {
  return sendForJson("post " + path, bodyRequest("POST", path, body, kJson));
}

Result<std::unique_ptr<ByteStream>> RestClient::openRaw(const std::string& path, const Query& query) {
  HttpRequest made = request("GET", withQuery(path, query));
  made.headers = {{"Accept", "*/*"}};
  made.timeout = std::chrono::milliseconds{0};
  made.headTimeout = std::chrono::milliseconds{0};
  return openStream("get " + path, made);
}

}  // namespace windlass::kube
