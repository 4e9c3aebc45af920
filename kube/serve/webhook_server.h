#pragma once
// Admission and conversion webhooks over TLS. Source: controller-runtime pkg/webhook (port 9443, tls.crt and tls.key in
// one folder), pkg/webhook/admission/http.go (body limit 7 MiB, JSON only).
//
// Threads: handlers run on the server's threads, at most `threads` at once. The certificate is read again when its
// files change; no restart is needed. TLS 1.2 or newer.
#include <memory>
#include <string>

#include "kube/object/result.h"
#include "kube/serve/admission.h"

namespace windlass::kube {

struct WebhookOptions {
  std::string address = "0.0.0.0:9443";  // port 0 takes a free one
  std::string certificateFile = "/tmp/k8s-webhook-server/serving-certs/tls.crt";
  std::string keyFile = "/tmp/k8s-webhook-server/serving-certs/tls.key";
  int threads = 4;
};

class WebhookServer {
 public:
  explicit WebhookServer(WebhookOptions options);
  ~WebhookServer();  // stops
  WebhookServer(const WebhookServer&) = delete;
  WebhookServer& operator=(const WebhookServer&) = delete;

  // Before start(). `path` as in the webhook's clientConfig.
  void validating(const std::string& path, Admission admission);
  void mutating(const std::string& path, Admission admission);
  void conversion(const std::string& path, Conversion conversion);

  // Missing, Decode: no certificate to serve with. Io: the address cannot be bound.
  Result<int> start();
  void stop();
  int port() const;  // 0 before start()

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace windlass::kube
