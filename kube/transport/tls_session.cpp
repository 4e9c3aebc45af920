#include "kube/transport/tls_session.h"

#include <utility>

namespace windlass::kube {
namespace {

// Where OpenSSL leaves room for an application's pointer (SSL_CTX_set_app_data is this, with a cast).
constexpr int kAppData = 0;

TlsSession* sessionOf(const SSL* ssl) {
  return static_cast<TlsSession*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), kAppData));
}

// A copy: OpenSSL marks the connection's own when it ends without a good-bye. 0 = no reference was taken.
int onNewSession(SSL* ssl, SSL_SESSION* session) {
  TlsSession* const kept = sessionOf(ssl);
  if (kept && SSL_session_reused(ssl) == 0)
    kept->keep(SslSessionPtr(SSL_SESSION_dup(session)), TlsSession::Clock::now());
  return 0;
}

}  // namespace

void TlsSession::keep(SslSessionPtr session, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::swap(session_, session);  // what was there is freed outside of the lock
  since_ = now;
}

SslSessionPtr TlsSession::offer(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!session_ || now - since_ >= kOfferedFor) return nullptr;
  return SslSessionPtr(SSL_SESSION_dup(session_.get()));
}

void keepSessions(SSL_CTX* context, TlsSession& sessions) {
  SSL_CTX_set_ex_data(context, kAppData, &sessions);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &onNewSession);
}

void offerSession(SSL* ssl) {
  TlsSession* const kept = sessionOf(ssl);
  const SslSessionPtr session = kept ? kept->offer(TlsSession::Clock::now()) : nullptr;
  if (session) SSL_set_session(ssl, session.get());  // takes a reference of its own
}

}  // namespace windlass::kube
