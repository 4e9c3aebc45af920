#include "operator/dashboard/dashboard.h"

#include "dashboard_pages.h"
#include "kube/object/meta.h"
#include "operator/dashboard/views.h"
#include "operator/model/openstack_cloud.h"
#include "operator/model/upgrade_run.h"
#include "operator/plan/canonical.h"
#include "operator/plan/show.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
using kube::HttpAnswer;
using kube::HttpQuery;
using kube::Json;

constexpr std::size_t kMaxObjects = 1000;
// Scripts, styles and requests of our own only; a plan's picture is a blob: the page fetched it with its token.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

HttpAnswer withHeaders(HttpAnswer answer) {
  answer.headers = {{"Content-Security-Policy", kPolicy},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"},
                    {"Cache-Control", "no-store"}};
  return answer;
}

HttpAnswer jsonAnswer(int status, const Json& body) {
  // Texts come from a cluster: what is no UTF-8 is replaced, never thrown at.
  return withHeaders({status, body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json"});
}

int statusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Unauthorized:
      return 401;
    case ErrorKind::Forbidden:
      return 403;
    case ErrorKind::NotFound:
      return 404;
    case ErrorKind::Invalid:
    case ErrorKind::BadRequest:
      return 400;
    default:
      return 503;
  }
}

std::string parameter(const HttpQuery& query, const std::string& name) {
  const auto found = query.parameters.find(name);
  return found == query.parameters.end() ? "" : found->second;
}

kube::Result<std::vector<Json>> listed(kube::Client& client, const kube::ResourceKind& kind, const std::string& ns) {
  kube::ListOptions options;
  options.ns = ns;
  options.resourceVersion = "0";  // any that the API server holds in memory
  auto page = kube::listAll(client, kind, options, kMaxObjects);
  if (!page) return kube::wrap("cannot list " + kind.plural, std::move(page).error());
  return std::move(page->items);
}

}  // namespace

void Dashboard::serveOn(kube::HttpServer& server) {
  const auto page = [&server](const char* path, std::string_view text, const char* type) {
    server.get(path, [text, type](const HttpQuery&) { return withHeaders({200, std::string(text), type}); });
  };
  page("/", pages::index_html, "text/html; charset=utf-8");
  page("/app\\.js", pages::app_js, "text/javascript; charset=utf-8");
  page("/style\\.css", pages::style_css, "text/css; charset=utf-8");
  server.get("/api/.*", [this](const HttpQuery& query) { return answer(query); });
}

HttpAnswer Dashboard::answer(const HttpQuery& query) {
  auto made = answerOf(query);
  if (made) return std::move(*made);
  return jsonAnswer(statusOf(made.error().kind), {{"error", made.error().toString()}});
}

kube::Result<HttpAnswer> Dashboard::answerOf(const HttpQuery& query) {
  const std::string wanted = parameter(query, "namespace");
  const std::string ns = wanted.empty() ? ns_ : wanted;
  if (!ns_.empty() && ns != ns_)
    return kube::fail(ErrorKind::Forbidden, "this operator serves namespace " + ns_ + " only");
  WINDLASS_TRY(access_.mayRead(query.authorization, ns));
  if (query.path == "/api/overview") return overview(ns);
  const kube::ObjectKey key{ns, parameter(query, "name")};
  if (query.path != "/api/run" && query.path != "/api/plan.svg")
    return kube::fail(ErrorKind::NotFound, "there is no page " + query.path);
  if (key.ns.empty() || key.name.empty()) return kube::fail(ErrorKind::BadRequest, "namespace and name are needed");
  return query.path == "/api/run" ? run(key) : planGraph(key);
}

kube::Result<HttpAnswer> Dashboard::overview(const std::string& ns) {
  WINDLASS_TRY_ASSIGN(const auto clouds, listed(client_, kOpenStackCloudKind, ns));
  WINDLASS_TRY_ASSIGN(const auto plans, listed(client_, kUpgradePlanKind, ns));
  WINDLASS_TRY_ASSIGN(const auto runs, listed(client_, kUpgradeRunKind, ns));
  return jsonAnswer(200, overviewOf(clouds, plans, runs));
}

kube::Result<HttpAnswer> Dashboard::run(const kube::ObjectKey& key) {
  WINDLASS_TRY_ASSIGN(const Json run, client_.get(kUpgradeRunKind, key));
  const auto plan = client_.get(kUpgradePlanKind, {key.ns, kube::stringAt(run, "/spec/plan")});
  return jsonAnswer(200, runViewOf(run, plan ? *plan : Json()));
}

kube::Result<HttpAnswer> Dashboard::planGraph(const kube::ObjectKey& key) {
  WINDLASS_TRY_ASSIGN(const Json object, client_.get(kUpgradePlanKind, key));
  WINDLASS_TRY_ASSIGN(const UpgradePlan plan, planFromJson(object.value("spec", Json::object())));
  return withHeaders({200, showSvg(plan), "image/svg+xml"});
}

}  // namespace windlass::ops
