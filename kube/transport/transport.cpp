#include "kube/transport/transport.h"

#include <algorithm>
#include <mutex>

#include <spdlog/spdlog.h>

#include "kube/transport/body_stream.h"
#include "kube/transport/call_pool.h"
#include "kube/transport/credentials.h"
#include "kube/transport/prefixed.h"
#include "kube/transport/receive.h"
#include "kube/transport/request_text.h"
#include "kube/transport/stoppable_sleep.h"
#include "kube/transport/stream_registry.h"
#include "kube/transport/tls_source.h"
#include "kube/transport/upgraded_connection.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kMaxAttempts = 10;
constexpr milliseconds kPauseAfterReset{1000};
constexpr std::chrono::seconds kOpenTimeout{10};

Error cancelledCall() {
  return {ErrorKind::Cancelled, "the request was cancelled", 0, std::nullopt, nullptr};
}

// 0 = none.
SteadyTime deadlineIn(milliseconds time) {
  return time <= milliseconds{0} ? SteadyTime::max() : steady_clock::now() + time;
}

// The header lines that all requests of a transport have.
std::string commonLines(const Endpoint& endpoint, const ServerUrl& server, const std::string& userAgent) {
  std::string lines;
  appendHeaderLine(lines, "Host", server.authority());
  appendHeaderLine(lines, "User-Agent", userAgent);
  const Impersonation& as = endpoint.impersonate;
  if (!as.user.empty()) appendHeaderLine(lines, "Impersonate-User", as.user);
  if (!as.uid.empty()) appendHeaderLine(lines, "Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) appendHeaderLine(lines, "Impersonate-Group", group);
  for (const auto& [key, values] : as.extra)
    for (const std::string& value : values) appendHeaderLine(lines, "Impersonate-Extra-" + percentEncode(key), value);
  return lines;
}

class SocketTransport : public HttpTransport, public std::enable_shared_from_this<SocketTransport> {
 public:
  SocketTransport(Endpoint endpoint, Route route, TlsMaterial tls, std::unique_ptr<CredentialSource> credentials,
                  const std::string& userAgent, const TransportOptions& options)
      : endpoint_(std::move(endpoint)),
        route_(std::move(route)),
        commonLines_(commonLines(endpoint_, route_.server, userAgent)),
        tls_(endpoint_, tls, steady_clock::now(), options.recheckTlsAfter),
        material_(std::move(tls)),
        credentials_(std::move(credentials)),
        calls_(route_) {}

  Result<HttpResponse> call(const HttpRequest& request) override;
  Result<HttpStream> open(const HttpRequest& request) override;
  Result<HttpUpgrade> upgrade(const HttpRequest& request) override;
  std::string host() const override { return route_.server.authority(); }

 private:
  struct Prepared {
    std::string text;
    TlsContext context;
    Credential credential;
  };
  // A connection of a request's own, on which the head of the answer has come.
  struct Opened {
    std::unique_ptr<Connection> connection;
    ResponseParser parser{{}};
    std::string body;
    SteadyTime deadline;  // of the head
  };

  Result<Prepared> prepare(const HttpRequest& request);
  Result<TlsContext> contextFor(const Credential& credential);
  void noticeNewFiles();
  // "GET https://host:port/path failed: ". The query is left out: selectors and names belong into the caller's message.
  std::string failureOf(const HttpRequest& request) const;
  Result<HttpResponse> callRepeating(const HttpRequest& request, SteadyTime deadline, Credential& used);
  Result<Opened> openConnection(const HttpRequest& request, const Prepared& prepared, SteadyTime end);
  Result<HttpStream> openOnce(const HttpRequest& request, Credential& used);
  Result<HttpUpgrade> upgradeOnce(const HttpRequest& request, Credential& used);

  const Endpoint endpoint_;
  const Route route_;
  const std::string commonLines_;
  TlsSource tls_;
  std::mutex inUseMutex_;
  Credential lastCredential_;
  TlsMaterial material_;  // what context_ was made of
  TlsContext context_;    // null for http://, and before the first request
  std::unique_ptr<CredentialSource> credentials_;
  CallPool calls_;
  StreamRegistry streams_;
};

// Streams of earlier material are ended, their owners come back with the new one; idle connections are closed.
Result<TlsContext> SocketTransport::contextFor(const Credential& credential) {
  if (!route_.server.tls) return TlsContext();
  TlsMaterial material = tls_.current(steady_clock::now());
  if (credential.certificate) {
    material.certificate = credential.certificate;
    material.key = credential.key;
  }
  TlsContext context;
  bool changed = false;
  {
    const std::lock_guard lock(inUseMutex_);
    lastCredential_ = credential;
    changed = !(material_ == material);
    if (changed || !context_) {
      WINDLASS_TRY_ASSIGN(context_, makeTlsContext(material, endpoint_.insecureSkipVerify));
      material_ = std::move(material);
    }
    context = context_;
  }
  if (changed) calls_.renewConnections();
  streams_.endOutdated(context);
  return context;
}

// A process that only watches sends no requests that would look at the files.
void SocketTransport::noticeNewFiles() {
  if (!route_.server.tls || !tls_.isDue(steady_clock::now())) return;
  Credential credential;
  {
    const std::lock_guard lock(inUseMutex_);
    credential = lastCredential_;
  }
  // A credential that cannot be used is reported by the next request.
  static_cast<void>(contextFor(credential));
}

std::string SocketTransport::failureOf(const HttpRequest& request) const {
  return request.method + " " + route_.server.origin() + route_.server.path +
         request.target.substr(0, request.target.find('?')) + " failed: ";
}

Result<SocketTransport::Prepared> SocketTransport::prepare(const HttpRequest& request) {
  Prepared prepared;
  WINDLASS_TRY_ASSIGN(prepared.credential, credentials_->current(std::chrono::system_clock::now()));
  WINDLASS_TRY_ASSIGN(prepared.context, contextFor(prepared.credential));
  prepared.text = formatRequest(request, route_.server.path, commonLines_, prepared.credential.authorization);
  return prepared;
}

Result<HttpResponse> SocketTransport::callRepeating(const HttpRequest& request, SteadyTime deadline, Credential& used) {
  const bool isGet = request.method == "GET";
  for (int count = 1;; ++count) {
    WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(request));
    used = prepared.credential;
    CallOutcome outcome = calls_.run(
        {std::move(prepared.text), isGet, std::move(prepared.context), request.maxResponse, deadline, request.stop});
    if (!outcome.error) return std::move(outcome.response);
    const bool again = outcome.error->connectionLost && isGet && count < kMaxAttempts &&
                       steady_clock::now() + kPauseAfterReset < deadline;
    if (!again) return fail(prefixed(failureOf(request), std::move(outcome.error->error)));
    if (!sleepUnlessStopped(request.stop, kPauseAfterReset)) return fail(cancelledCall());
  }
}

Result<HttpResponse> SocketTransport::call(const HttpRequest& request) {
  if (request.timeout <= milliseconds{0}) return fail(ErrorKind::Timeout, request.method + ": the deadline has passed");
  const auto deadline = deadlineIn(request.timeout);
  Credential used;
  auto response = callRepeating(request, deadline, used);
  if (!response || response->status != 401 || !credentials_->reject(used)) return response;
  if (steady_clock::now() >= deadline) return response;
  // 401 means that nothing was done, so even a write may be sent once more.
  return callRepeating(request, deadline, used);
}

Result<SocketTransport::Opened> SocketTransport::openConnection(const HttpRequest& request, const Prepared& prepared,
                                                                SteadyTime end) {
  Opened opened;
  opened.deadline = std::min(deadlineIn(request.headTimeout), end);
  const auto waker = std::make_shared<Waker>();
  const std::stop_callback onStop(request.stop, [&waker] { waker->wake(Waker::Reason::Cancelled); });
  const auto connected = std::min<SteadyTime>(opened.deadline, steady_clock::now() + kOpenTimeout);
  auto connection = Connection::open(route_, prepared.context, connected, waker);
  if (!connection) return fail(prefixed(failureOf(request), std::move(connection).error()));
  opened.connection = std::move(*connection);
  Status answered = opened.connection->write(prepared.text, opened.deadline);
  if (answered) answered = receiveHead(*opened.connection, opened.parser, opened.body, opened.deadline);
  if (!answered) return fail(prefixed(failureOf(request), answerError(std::move(answered).error())));
  if (opened.parser.head().status >= 300) {
    receiveErrorBody(*opened.connection, opened.parser, opened.body, opened.deadline);
    opened.parser.head().body = std::move(opened.body);
  }
  return opened;
}

Result<HttpStream> SocketTransport::openOnce(const HttpRequest& request, Credential& used) {
  const auto end = deadlineIn(request.timeout);
  WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(request));
  used = prepared.credential;
  WINDLASS_TRY_ASSIGN(Opened opened, openConnection(request, prepared, end));
  HttpResponse head = std::move(opened.parser.head());
  if (head.status >= 300) return HttpStream{std::move(head), nullptr};
  streams_.add(opened.connection->waker(), prepared.context);
  auto self = shared_from_this();
  return HttpStream{std::move(head), std::make_unique<BodyStream>(
                                         BodyStream::Begun{std::move(opened.connection), std::move(opened.parser),
                                                           std::move(opened.body), end, failureOf(request)},
                                         [self] { self->noticeNewFiles(); })};
}

Result<HttpStream> SocketTransport::open(const HttpRequest& request) {
  Credential used;
  auto stream = openOnce(request, used);
  if (!stream || stream->head.status != 401 || !credentials_->reject(used)) return stream;
  return openOnce(request, used);
}

Result<HttpUpgrade> SocketTransport::upgradeOnce(const HttpRequest& request, Credential& used) {
  WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(request));
  used = prepared.credential;
  WINDLASS_TRY_ASSIGN(Opened opened, openConnection(request, prepared, SteadyTime::max()));
  HttpUpgrade upgrade;
  upgrade.head = std::move(opened.parser.head());
  if (upgrade.head.status != 101) return upgrade;
  upgrade.received = opened.parser.rest();
  upgrade.connection = std::make_unique<UpgradedConnection>(std::move(opened.connection));
  return upgrade;
}

Result<HttpUpgrade> SocketTransport::upgrade(const HttpRequest& request) {
  Credential used;
  auto upgraded = upgradeOnce(request, used);
  if (!upgraded || upgraded->head.status != 401 || !credentials_->reject(used)) return upgraded;
  return upgradeOnce(request, used);
}

}  // namespace

Result<std::shared_ptr<HttpTransport>> makeTransport(const Endpoint& endpoint, const std::string& userAgent,
                                                     const TransportOptions& options) {
  Route route;
  WINDLASS_TRY_ASSIGN(route.server, parseServerUrl(endpoint.server, endpoint.tlsServerName));
  WINDLASS_TRY_ASSIGN(route.proxy, chooseProxy(route.server, endpoint.proxyUrl, readProxyEnvironment()));
  WINDLASS_TRY_ASSIGN(TlsMaterial tls, TlsSource::read(endpoint));
  WINDLASS_TRY_ASSIGN(auto credentials, makeCredentialSource(endpoint));
  if (endpoint.insecureSkipVerify) spdlog::warn("TLS verification is off for {}", endpoint.server);
  return std::make_shared<SocketTransport>(endpoint, std::move(route), std::move(tls), std::move(credentials),
                                           userAgent, options);
}

}  // namespace windlass::kube
