// Sending one request: limiter, retries, metrics, warnings, errors.
#include <spdlog/spdlog.h>

#include "kube/client/api_error.h"
#include "kube/client/managed_fields.h"
#include "kube/client/request_metrics.h"
#include "kube/client/rest_client.h"
#include "kube/client/warnings.h"
#include "kube/object/parse.h"
#include "kube/transport/stoppable_sleep.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kMaxRetries = 10;

milliseconds timeLeft(steady_clock::time_point deadline) {
  return std::chrono::floor<milliseconds>(deadline - steady_clock::now());
}

// Source: with_retry.go, checkWait: 429 and 5xx, and only when the server says when to come back. A version that the
// server does not know comes with Retry-After too, but asking for another version helps at once.
std::optional<milliseconds> retryDelay(const HttpResponse& response, const Error& error) {
  const bool mayPass = response.status == 429 || (response.status >= 500 && response.status <= 599);
  if (!mayPass || response.header("retry-after").empty() || isTooLargeResourceVersion(error)) return std::nullopt;
  return error.retryAfter;
}

Error cancelled() {
  return {ErrorKind::Cancelled, "the request was cancelled", 0, std::nullopt, nullptr};
}

}  // namespace

Status RestClient::waitForLimiter(const HttpRequest& request) {
  const auto wait = limiter_.reserve(steady_clock::now());
  if (wait > request.timeout) {
    limiter_.giveBack();
    return fail(ErrorKind::Timeout, "the client-side limit of requests leaves no place within the deadline");
  }
  if (wait > std::chrono::seconds(1)) spdlog::info("waiting {} ms for the client-side limiter", wait.count() / 1000);
  if (wait.count() > 0 && !sleepUnlessStopped(request.stop, wait)) return fail(cancelled());
  return {};
}

Result<HttpResponse> RestClient::observed(const HttpRequest& request) {
  const auto start = steady_clock::now();
  auto response = transport_->call(request);
  observeRequest({request.method, transport_->host(), response ? std::to_string(response->status) : "<error>",
                  std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start)});
  if (response) logWarnings(response->headers);
  return response;
}

Result<HttpResponse> RestClient::send(const std::string& what, HttpRequest request) {
  const auto deadline = steady_clock::now() + request.timeout;
  if (auto waited = waitForLimiter(request); !waited) return wrap(what, std::move(waited).error());
  for (int retries = 0;; ++retries) {
    request.timeout = timeLeft(deadline);
    auto response = observed(request);
    if (!response) return wrap(what, std::move(response).error());
    if (response->status < 300) return response;
    Error error = errorFromResponse(what, *response, std::chrono::system_clock::now());
    const auto delay = retryDelay(*response, error);
    if (!delay || retries >= kMaxRetries || *delay >= timeLeft(deadline)) return fail(std::move(error));
    spdlog::debug("{}: asked to come back in {} ms", what, delay->count());
    if (!sleepUnlessStopped(request.stop, *delay)) return fail(cancelled());
  }
}

Result<Json> RestClient::sendForJson(const std::string& what, HttpRequest request, Answer answer) {
  WINDLASS_TRY_ASSIGN(const HttpResponse response, send(what, std::move(request)));
  std::string scratch;
  auto body = parseJson(answer == Answer::Whole ? response.body : withoutManagedFields(response.body, scratch));
  if (!body)
    return wrap(what + ": the server's answer is no JSON object; is there a proxy in between?",
                std::move(body).error());
  return body;
}

Result<std::unique_ptr<ByteStream>> RestClient::openStream(const std::string& what, const HttpRequest& request) {
  const auto start = steady_clock::now();
  auto stream = transport_->open(request);
  observeRequest({request.method, transport_->host(), stream ? std::to_string(stream->head.status) : "<error>",
                  std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start)});
  if (!stream) return wrap(what, std::move(stream).error());
  logWarnings(stream->head.headers);
  if (!stream->body) return fail(errorFromResponse(what, stream->head, std::chrono::system_clock::now()));
  return std::move(stream->body);
}

}  // namespace windlass::kube
