#include "kube/transport/tls_session.h"

#include <array>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "kube/transport/openssl_pem.h"
#include "test_keys.h"

namespace windlass::kube {
namespace {

using std::chrono::seconds;

using ContextPtr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslPtr = std::unique_ptr<SSL, decltype(&SSL_free)>;

ContextPtr serverContext() {
  const TestKeys keys = makeTestKeys("server");
  ContextPtr context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificatesIn(keys.certificate).at(0).get());
  SSL_CTX_use_PrivateKey(context.get(), privateKeyIn(keys.key).get());
  return context;
}

// A client and a server in memory, that have spoken until the client has its tickets.
struct Pair {
  Pair(SSL_CTX* clientContext, SSL_CTX* serverContext)
      : client(SSL_new(clientContext), &SSL_free), server(SSL_new(serverContext), &SSL_free) {
    BIO* ours = nullptr;
    BIO* theirs = nullptr;
    BIO_new_bio_pair(&ours, 65536, &theirs, 65536);
    SSL_set_bio(client.get(), ours, ours);
    SSL_set_bio(server.get(), theirs, theirs);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    offerSession(client.get());
    std::array<char, 1> none{};
    for (int turn = 0; turn < 4; ++turn) {
      SSL_do_handshake(client.get());
      SSL_do_handshake(server.get());
    }
    SSL_read(client.get(), none.data(), none.size());
  }
  bool isResumed() const { return SSL_is_init_finished(client.get()) && SSL_session_reused(client.get()) == 1; }
  SslPtr client;
  SslPtr server;
};

std::string idOf(TlsSession& session) {
  const auto offered = session.offer(TlsSession::Clock::now());
  unsigned int size = 0;
  const unsigned char* id = offered ? SSL_SESSION_get_id(offered.get(), &size) : nullptr;
  return {id, id + size};
}

TEST(TlsSession, HasNothingToOfferBeforeThereWasAConnection) {
  EXPECT_EQ(TlsSession().offer(TlsSession::Clock::now()), nullptr);
}

TEST(TlsSession, IsOfferedForSomeMinutesOnly) {
  TlsSession session;
  const TlsSession::Clock::time_point then;
  session.keep(SslSessionPtr(SSL_SESSION_new()), then);
  EXPECT_NE(session.offer(then), nullptr);
  EXPECT_NE(session.offer(then + TlsSession::kOfferedFor - seconds(1)), nullptr);
  EXPECT_EQ(session.offer(then + TlsSession::kOfferedFor), nullptr);
}

TEST(TlsSession, OfTheLastFullHandshakeIsKeptAndConnectionsThatGoOnDoNotProlongIt) {
  TlsSession session;
  const ContextPtr client(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  keepSessions(client.get(), session);
  const ContextPtr server = serverContext();
  EXPECT_FALSE(Pair(client.get(), server.get()).isResumed());
  const std::string first = idOf(session);
  ASSERT_NE(first, "");
  EXPECT_TRUE(Pair(client.get(), server.get()).isResumed());
  EXPECT_TRUE(Pair(client.get(), server.get()).isResumed());
  EXPECT_EQ(idOf(session), first);
  const ContextPtr restarted = serverContext();  // whose ticket key is another one
  EXPECT_FALSE(Pair(client.get(), restarted.get()).isResumed());
  EXPECT_NE(idOf(session), first);
}

}  // namespace
}  // namespace windlass::kube
