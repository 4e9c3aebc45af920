#pragma once
// The Client over HTTP. Threads and errors: see client.h. Source: client-go rest/request.go and rest/with_retry.go.
//
// Guarantees: a write is sent once, unless the server itself refused it with Retry-After or 401 (nothing was done
// then); every call ends within its timeout; watches and other streams have connections of their own and no limiter.
#include <chrono>
#include <memory>
#include <string>

#include "kube/client/client.h"
#include "kube/client/rate_limiter.h"
#include "kube/client/rest_path.h"
#include "kube/transport/http.h"

namespace windlass::kube {

struct RestClientOptions {
  double qps = 50;  // <= 0: no limit
  int burst = 100;
  std::chrono::milliseconds requestTimeout{30000};
  std::chrono::milliseconds watchGrace{5000};  // a watch open this much longer than its timeout is half-open
};

class RestClient : public Client {
 public:
  RestClient(std::shared_ptr<HttpTransport> transport, const RestClientOptions& options);

  Result<Json> get(const ResourceKind& kind, const ObjectKey& key) override;
  Result<ListPage> list(const ResourceKind& kind, const ListOptions& options) override;
  Result<std::unique_ptr<WatchStream>> watch(const ResourceKind& kind, const WatchOptions& options) override;
  Result<Json> create(const ResourceKind& kind, const Json& object) override;
  Result<Json> update(const ResourceKind& kind, const Json& object, const std::string& subresource = "") override;
  Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, PatchType type, const Json& body,
                     const std::string& subresource = "") override;
  Result<Json> apply(const ResourceKind& kind, const Json& object, const ApplyOptions& options,
                     const std::string& subresource = "") override;
  Status remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options = {}) override;

  Result<std::string> readLog(const ObjectKey& pod, const LogOptions& options) override;

  // Anything below the server's root: discovery, /version, /readyz, pods/log.
  Result<std::string> getRaw(const std::string& path, const Query& query = {}, const std::string& accept = "*/*");
  Result<Json> getJson(const std::string& path, const Query& query = {},
                       const std::string& accept = "application/json");
  // POST of an object to a path: subresources such as pods/eviction and serviceaccounts/token.
  Result<Json> postJson(const std::string& path, const Json& body);
  // The body as it arrives, without a time limit: pods/log with follow=true. Blocks until the server sends its head,
  // which for a silent log is its first line.
  Result<std::unique_ptr<ByteStream>> openRaw(const std::string& path, const Query& query = {});

  // For what is no plain request (kube/client/stream.h).
  HttpTransport& transport() { return *transport_; }

 private:
  HttpRequest request(std::string method, std::string target) const;
  HttpRequest bodyRequest(std::string method, std::string target, const Json& body, std::string contentType) const;
  Status waitForLimiter(const HttpRequest& request);
  Result<HttpResponse> observed(const HttpRequest& request);
  Result<HttpResponse> send(const std::string& what, HttpRequest request);
  enum class Answer { Whole, Slim };  // Slim: without metadata.managedFields
  Result<Json> sendForJson(const std::string& what, HttpRequest request, Answer answer = Answer::Whole);
  Result<std::unique_ptr<ByteStream>> openStream(const std::string& what, const HttpRequest& request);

  std::shared_ptr<HttpTransport> transport_;
  const RestClientOptions options_;
  RateLimiter limiter_;
};

}  // namespace windlass::kube
