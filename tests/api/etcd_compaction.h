#pragma once
// Makes the test server forget its history, as the five-minute compaction of a real one does.
#include <cstdlib>

#include "kube/object/json.h"
#include "kube/object/meta.h"
#include "kube/object/result.h"
#include "kube/transport/transport.h"

namespace windlass::kube {

inline Result<Json> askEtcd(HttpTransport& etcd, const std::string& target, const Json& body) {
  HttpRequest request;
  request.method = "POST";
  request.target = target;
  request.body = body.dump();
  WINDLASS_TRY_ASSIGN(const HttpResponse response, etcd.call(request));
  if (response.status != 200) return fail(ErrorKind::Internal, "etcd answered " + response.body);
  return Json::parse(response.body, nullptr, false);
}

inline Status compactEtcd() {
  Endpoint endpoint;
  endpoint.server = std::getenv("WINDLASS_ETCD_URL");
  WINDLASS_TRY_ASSIGN(const auto etcd, makeTransport(endpoint, "windlass-api-test"));
  WINDLASS_TRY_ASSIGN(const Json range, askEtcd(*etcd, "/v3/kv/range", {{"key", "YQ=="}}));
  WINDLASS_TRY(
      askEtcd(*etcd, "/v3/kv/compaction", {{"revision", stringAt(range, "/header/revision")}, {"physical", true}}));
  return {};
}

}  // namespace windlass::kube
