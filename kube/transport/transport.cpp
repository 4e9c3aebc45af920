#include "kube/transport/transport.h"

#include <algorithm>
#include <mutex>

#include <spdlog/spdlog.h>

#include "kube/transport/call_pool.h"
#include "kube/transport/credentials.h"
#include "kube/transport/curl_connection.h"
#include "kube/transport/curl_engine.h"
#include "kube/transport/sinks.h"
#include "kube/transport/stoppable_sleep.h"
#include "kube/transport/stream_registry.h"
#include "kube/transport/tls_objects.h"
#include "kube/transport/tls_source.h"
#include "kube/transport/upgrade.h"
#include "kube/transport/url.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kMaxAttempts = 10;
constexpr milliseconds kPauseAfterReset{1000};

Headers impersonationHeaders(const Impersonation& as) {
  Headers headers;
  if (!as.user.empty()) headers.emplace_back("Impersonate-User", as.user);
  if (!as.uid.empty()) headers.emplace_back("Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) headers.emplace_back("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra)
    for (const std::string& value : values) headers.emplace_back("Impersonate-Extra-" + percentEncode(key), value);
  return headers;
}

Error cancelledCall() {
  return {ErrorKind::Cancelled, "the request was cancelled", 0, std::nullopt, nullptr};
}

Error cancelledStream() {
  return {ErrorKind::Cancelled, "the stream was cancelled", 0, std::nullopt, nullptr};
}

class CurlTransport : public HttpTransport, public std::enable_shared_from_this<CurlTransport> {
 public:
  CurlTransport(Endpoint endpoint, ServerUrl url, TlsMaterial tls, std::unique_ptr<CredentialSource> credentials,
                std::string userAgent, const TransportOptions& options)
      : endpoint_(std::move(endpoint)),
        url_(std::move(url)),
        userAgent_(std::move(userAgent)),
        tls_(endpoint_, tls, steady_clock::now(), options.recheckTlsAfter),
        inUse_{std::move(tls), nullptr},
        credentials_(std::move(credentials)),
        engine_(IoThread::shared()) {}

  Result<HttpResponse> call(const HttpRequest& request) override;
  Result<HttpStream> open(const HttpRequest& request) override;
  Result<HttpUpgrade> upgrade(const HttpRequest& request) override;
  std::string host() const override { return url_.host + ":" + url_.port; }

 private:
  friend class CurlStream;
  struct Prepared {
    TransferSpec spec;
    Credential credential;
  };
  struct Tls {
    TlsMaterial material;
    std::shared_ptr<const TlsObjects> objects;
  };

  Result<Prepared> prepare(const HttpRequest& request);
  Result<Tls> tlsFor(const Credential& credential);
  void noticeNewFiles();
  Result<HttpResponse> callOnce(const HttpRequest& request, Credential& used);
  Result<HttpResponse> callRepeating(const HttpRequest& request, steady_clock::time_point deadline, Credential& used);
  Result<HttpStream> openOnce(const HttpRequest& request, Credential& used);
  Result<HttpUpgrade> upgradeOnce(const HttpRequest& request, Credential& used);

  const Endpoint endpoint_;
  const ServerUrl url_;
  const std::string userAgent_;
  TlsSource tls_;
  std::mutex inUseMutex_;
  Credential lastCredential_;
  Tls inUse_;
  std::unique_ptr<CredentialSource> credentials_;
  CallPool calls_;
  CurlEngine engine_;  // of the streams
  StreamRegistry streams_;
};

class CurlStream : public ByteStream {
 public:
  CurlStream(std::shared_ptr<CurlTransport> transport, std::shared_ptr<StreamSink> sink, CurlEngine::Id id)
      : transport_(std::move(transport)), sink_(std::move(sink)), id_(id) {}
  ~CurlStream() override { CurlStream::cancel(); }

  Result<std::optional<std::string>> read(milliseconds wait) override {
    transport_->noticeNewFiles();
    StreamSink::Taken taken = sink_->take(wait);
    if (taken.wasPaused) transport_->engine_.resume(id_);
    return std::move(taken.bytes);
  }

  void cancel() override {
    sink_->cancel();
    transport_->engine_.abort(id_, cancelledStream());
    transport_->streams_.remove(id_);
  }

 private:
  std::shared_ptr<CurlTransport> transport_;
  std::shared_ptr<StreamSink> sink_;
  CurlEngine::Id id_;
};

// Streams of earlier material are ended, their owners come back with the new one; idle connections are closed.
Result<CurlTransport::Tls> CurlTransport::tlsFor(const Credential& credential) {
  TlsMaterial material = tls_.current(steady_clock::now());
  if (credential.certificate) {
    material.certificate = credential.certificate;
    material.key = credential.key;
  }
  Tls tls;
  bool changed = false;
  {
    const std::lock_guard lock(inUseMutex_);
    lastCredential_ = credential;
    changed = !(inUse_.material == material);
    if (changed || !inUse_.objects) {
      WINDLASS_TRY_ASSIGN(inUse_.objects, parseTlsObjects(material));
      inUse_.material = std::move(material);
    }
    tls = inUse_;
  }
  if (changed) {
    engine_.renewConnections();
    calls_.renewConnections();
  }
  for (const CurlEngine::Id id : streams_.outdated(tls.material))
    engine_.abort(id, {ErrorKind::Transport, "closed because the TLS files have changed", 0, std::nullopt, nullptr});
  return tls;
}

// A process that only watches sends no requests that would look at the files.
void CurlTransport::noticeNewFiles() {
  Credential credential;
  {
    const std::lock_guard lock(inUseMutex_);
    credential = lastCredential_;
  }
  // A credential that cannot be used is reported by the next request.
  static_cast<void>(tlsFor(credential));
}

Result<CurlTransport::Prepared> CurlTransport::prepare(const HttpRequest& request) {
  Prepared prepared;
  WINDLASS_TRY_ASSIGN(prepared.credential, credentials_->current(std::chrono::system_clock::now()));
  TransferSpec& spec = prepared.spec;
  WINDLASS_TRY_ASSIGN(Tls tls, tlsFor(prepared.credential));
  spec.tls = std::move(tls.material);
  spec.tlsObjects = std::move(tls.objects);
  spec.method = request.method;
  spec.url = url_.prefix + request.target;
  spec.connectTo = url_.connectTo;
  spec.neverProxy = url_.loopback;
  spec.proxy = endpoint_.proxyUrl;
  spec.insecureSkipVerify = endpoint_.insecureSkipVerify;
  spec.timeout = request.timeout;
  spec.headers = request.headers;
  spec.headers.emplace_back("User-Agent", userAgent_);
  if (!url_.hostHeader.empty()) spec.headers.emplace_back("Host", url_.hostHeader);
  if (!prepared.credential.authorization.empty())
    spec.headers.emplace_back("Authorization", prepared.credential.authorization);
  const Headers as = impersonationHeaders(endpoint_.impersonate);
  spec.headers.insert(spec.headers.end(), as.begin(), as.end());
  spec.body = request.body;
  return prepared;
}

Result<HttpResponse> CurlTransport::callRepeating(const HttpRequest& request, steady_clock::time_point deadline,
                                                  Credential& used) {
  HttpRequest attempt = request;
  for (int count = 1;; ++count) {
    WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(attempt));
    used = prepared.credential;
    CallOutcome outcome = calls_.run(std::move(prepared.spec), request.maxResponse, request.stop);
    if (!outcome.error) return std::move(outcome.response);
    attempt.timeout = std::chrono::floor<milliseconds>(deadline - steady_clock::now()) - kPauseAfterReset;
    const bool again = outcome.error->connectionLost && request.method == "GET" && count < kMaxAttempts;
    if (!again || attempt.timeout <= milliseconds{0}) return fail(std::move(outcome.error->error));
    if (!sleepUnlessStopped(request.stop, kPauseAfterReset)) return fail(cancelledCall());
  }
}

Result<HttpResponse> CurlTransport::call(const HttpRequest& request) {
  if (request.timeout <= milliseconds{0}) return fail(ErrorKind::Timeout, request.method + ": the deadline has passed");
  const auto deadline = steady_clock::now() + request.timeout;
  Credential used;
  auto response = callRepeating(request, deadline, used);
  if (!response || response->status != 401 || !credentials_->reject(used)) return response;
  HttpRequest again = request;
  again.timeout = std::chrono::floor<milliseconds>(deadline - steady_clock::now());
  if (again.timeout <= milliseconds{0}) return response;
  // 401 means that nothing was done, so even a write may be sent once more.
  return callRepeating(again, deadline, used);
}

Result<HttpStream> CurlTransport::openOnce(const HttpRequest& request, Credential& used) {
  WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(request));
  used = prepared.credential;
  prepared.spec.ownConnection = true;
  const TlsMaterial tls = prepared.spec.tls;
  auto sink = std::make_shared<StreamSink>();
  const CurlEngine::Id id = engine_.start(std::move(prepared.spec), sink);
  const std::stop_callback onStop(request.stop, [this, id] { engine_.abort(id, cancelledCall()); });
  auto waited = sink->waitHead(request.headTimeout);
  if (!waited) engine_.abort(id, cancelledStream());
  WINDLASS_TRY_ASSIGN(HttpResponse head, std::move(waited));
  if (head.status >= 300) return HttpStream{std::move(head), nullptr};
  streams_.add(id, tls);
  return HttpStream{std::move(head), std::make_unique<CurlStream>(shared_from_this(), std::move(sink), id)};
}

Result<HttpStream> CurlTransport::open(const HttpRequest& request) {
  Credential used;
  auto stream = openOnce(request, used);
  if (!stream || stream->head.status != 401 || !credentials_->reject(used)) return stream;
  return openOnce(request, used);
}

Result<HttpUpgrade> CurlTransport::upgradeOnce(const HttpRequest& request, Credential& used) {
  WINDLASS_TRY_ASSIGN(Prepared prepared, prepare(request));
  used = prepared.credential;
  HttpUpgrade upgrade;
  WINDLASS_TRY_ASSIGN(upgrade.connection, connectRaw(prepared.spec));
  const std::string text =
      formatUpgradeRequest(url_.path + request.target, url_.host + ":" + url_.port, prepared.spec.headers);
  WINDLASS_TRY_ASSIGN(upgrade.head, exchangeUpgrade(*upgrade.connection, text, request.headTimeout, upgrade.received));
  if (upgrade.head.status != 101) upgrade.connection.reset();
  return upgrade;
}

Result<HttpUpgrade> CurlTransport::upgrade(const HttpRequest& request) {
  Credential used;
  auto upgraded = upgradeOnce(request, used);
  if (!upgraded || upgraded->head.status != 401 || !credentials_->reject(used)) return upgraded;
  return upgradeOnce(request, used);
}

}  // namespace

Result<std::shared_ptr<HttpTransport>> makeTransport(const Endpoint& endpoint, const std::string& userAgent,
                                                     const TransportOptions& options) {
  WINDLASS_TRY_ASSIGN(ServerUrl url, parseServerUrl(endpoint.server, endpoint.tlsServerName));
  WINDLASS_TRY_ASSIGN(TlsMaterial tls, TlsSource::read(endpoint));
  WINDLASS_TRY_ASSIGN(auto credentials, makeCredentialSource(endpoint));
  if (endpoint.insecureSkipVerify) spdlog::warn("TLS verification is off for {}", endpoint.server);
  return std::make_shared<CurlTransport>(endpoint, std::move(url), std::move(tls), std::move(credentials), userAgent,
                                         options);
}

}  // namespace windlass::kube
