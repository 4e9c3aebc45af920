#pragma once
// The TLS session that later connections of a context go on with: they spare both sides the certificates and the
// signatures, most of what a connection costs. Internal to the room. Source: RFC 8446, 2.2; SSL_CTX_sess_set_new_cb(3).
//
// Only the session of a full handshake is kept, and only for some minutes: so a server's certificate is looked at again
// at least that often, however many connections go on from one another. Lives in memory, with its context: what is made
// of renewed files begins anew. A session may be offered many times (RFC 8446, C.4 advises against it where an observer
// must not link connections; those of one client to its API server are linked by their addresses).
//
// Thread-safe.
#include <chrono>
#include <memory>
#include <mutex>

#include <openssl/ssl.h>

namespace windlass::kube {

struct SslSessionFree {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using SslSessionPtr = std::unique_ptr<SSL_SESSION, SslSessionFree>;

class TlsSession {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kOfferedFor{5};

  void keep(SslSessionPtr session, Clock::time_point now);
  // A copy of one's own; null when there is none to go on with.
  SslSessionPtr offer(Clock::time_point now);

 private:
  std::mutex mutex_;
  SslSessionPtr session_;
  Clock::time_point since_;
};

// From now on the context keeps its sessions there. The context must not outlive it.
void keepSessions(SSL_CTX* context, TlsSession& sessions);
// Before the handshake: goes on with the context's session when there is one.
void offerSession(SSL* ssl);

}  // namespace windlass::kube
