#include "kube/serve/webhook_server.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include <httplib.h>

#include "kube/object/parse.h"
#include "kube/serve/http_server.h"
#include "kube/serve/serving_certificate.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxReviewBytes = 7 * 1024 * 1024;
using Review = std::function<Result<Json>(const Json&)>;

bool isJson(const std::string& contentType) {
  return contentType.substr(0, contentType.find(';')) == "application/json";
}

void answerReview(const Review& review, const httplib::Request& request, httplib::Response& response) {
  if (!isJson(request.get_header_value("Content-Type"))) {
    response.status = 415;
    response.set_content("the body must be application/json\n", "text/plain");
    return;
  }
  const auto body = parseJson(request.body);
  const auto answer = body ? review(*body) : body;
  if (!answer) {
    response.status = 400;
    response.set_content(answer.error().toString() + "\n", "text/plain");
    return;
  }
  response.set_content(answer->dump(), "application/json");
}

}  // namespace

struct WebhookServer::Impl {
  explicit Impl(WebhookOptions webhookOptions)
      : options(std::move(webhookOptions)), certificate(options.certificateFile, options.keyFile) {}

  const WebhookOptions options;
  ServingCertificate certificate;
  std::vector<std::pair<std::string, Review>> reviews;
  std::unique_ptr<httplib::SSLServer> server;  // before the thread that runs it, after the certificate it shows
  std::thread thread;
  std::atomic<int> port{0};
};

WebhookServer::WebhookServer(WebhookOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
WebhookServer::~WebhookServer() {
  stop();
}

void WebhookServer::validating(const std::string& path, Admission admission) {
  impl_->reviews.emplace_back(path, [admission = std::move(admission)](const Json& review) {
    return reviewAdmission(review, admission, false);
  });
}

void WebhookServer::mutating(const std::string& path, Admission admission) {
  impl_->reviews.emplace_back(path, [admission = std::move(admission)](const Json& review) {
    return reviewAdmission(review, admission, true);
  });
}

void WebhookServer::conversion(const std::string& path, Conversion conversion) {
  impl_->reviews.emplace_back(
      path, [conversion = std::move(conversion)](const Json& review) { return reviewConversion(review, conversion); });
}

Result<int> WebhookServer::start() {
  WINDLASS_TRY(impl_->certificate.load());
  WINDLASS_TRY_ASSIGN(const auto address, splitAddress(impl_->options.address));
  impl_->server = std::make_unique<httplib::SSLServer>([this](SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
    impl_->certificate.attachTo(context);
    return true;
  });
  httplib::SSLServer& server = *impl_->server;
  server.new_task_queue = [threads = impl_->options.threads] {
    return new httplib::ThreadPool(static_cast<std::size_t>(std::max(1, threads)));
  };
  server.set_payload_max_length(kMaxReviewBytes);
  server.set_read_timeout(10);
  server.set_write_timeout(10);
  // One review a connection. cpp-httplib gives a connection one of the few threads for as long as it is open, so idle
  // ones would starve the others; and an idle one that we close just when the API server uses it fails a write (Go does
  // not repeat a POST).
  server.set_keep_alive_max_count(1);
  for (const auto& entry : impl_->reviews)
    server.Post(entry.first, [&review = entry.second](const httplib::Request& request, httplib::Response& response) {
      answerReview(review, request, response);
    });
  const auto& [host, wanted] = address;
  const int port = wanted == 0 ? server.bind_to_any_port(host) : server.bind_to_port(host, wanted) ? wanted : -1;
  if (port <= 0)
    return fail(ErrorKind::Io, "cannot listen on " + impl_->options.address +
                                   ": the address is not ours or is in use; choose another");
  impl_->port = port;
  impl_->thread = std::thread([&server] { server.listen_after_bind(); });
  while (!server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return port;
}

void WebhookServer::stop() {
  if (!impl_->thread.joinable()) return;
  impl_->server->stop();
  impl_->thread.join();
}

int WebhookServer::port() const {
  return impl_->port;
}

}  // namespace windlass::kube
