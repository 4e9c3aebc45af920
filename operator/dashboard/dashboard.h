#pragma once
// The web pages of the operator: clouds, plans as graphs, runs as they go, canaries with their numbers. Read-only.
//
//   /, /app.js, /style.css           the pages, for everybody: they hold nothing
//   /api/overview?namespace=         overviewOf()
//   /api/run?namespace=&name=        runViewOf()
//   /api/plan.svg?namespace=&name=   the plan as a graph
// The latter three for who shows a bearer token that may list these objects.
//
// Served without TLS: bind it to loopback and reach it with `kubectl port-forward`, which is encrypted, authenticated
// and in the audit log (docs/upgrades.md). Answers are JSON; errors are {"error": "…"} with 401, 403, 404 or 503.
#include <memory>
#include <string>

#include "kube/client/client.h"
#include "kube/serve/http_server.h"
#include "operator/dashboard/access.h"

namespace windlass::ops {

class Dashboard {
 public:
  // `client` reads what is shown and asks who may see it: one of its own, so that many viewers do not slow the
  // controllers down. `ns` "" = all namespaces may be asked for.
  Dashboard(kube::Client& client, std::string ns) : client_(client), ns_(std::move(ns)), access_(client) {}

  // Adds the routes. Before server.start().
  void serveOn(kube::HttpServer& server);
  // The answer to /api/…: any thread.
  kube::HttpAnswer answer(const kube::HttpQuery& query);

 private:
  kube::Result<kube::HttpAnswer> answerOf(const kube::HttpQuery& query);
  kube::Result<kube::HttpAnswer> overview(const std::string& ns);
  kube::Result<kube::HttpAnswer> run(const kube::ObjectKey& key);
  kube::Result<kube::HttpAnswer> planGraph(const kube::ObjectKey& key);

  kube::Client& client_;
  const std::string ns_;
  Access access_;
};

}  // namespace windlass::ops
