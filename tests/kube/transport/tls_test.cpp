// TLS against a server whose certificate, and a client whose files, are renewed while connections are open.
#include <atomic>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"
#include "temp_folder.h"
#include "test_keys.h"

namespace windlass::kube {
namespace {

using std::chrono::seconds;

class Tls : public testing::Test {
 protected:
  Tls() { putFiles("one", keys_.certificate); }
  void putFiles(const std::string& name, const std::string& authority) {
    const TestKeys client = makeTestKeys("client " + name);
    volume_.put(
        {{"ca.crt", authority}, {"tls.crt", client.certificate}, {"tls.key", client.key}, {"token", "token-" + name}});
  }
  void renewClientAs(const std::string& name) {
    putFiles(name, keys_.certificate);
    const std::lock_guard lock(mutex_);
    token_ = "token-" + name;
  }
  // Server and files change together, as a cluster's operator renews them.
  void renewAs(const std::string& name) {
    keys_ = makeTestKeys("server " + name);
    server_.useKeys(keys_);
    renewClientAs(name);
  }
  std::shared_ptr<HttpTransport> transport() const {
    Endpoint endpoint;
    endpoint.server = server_.url();
    endpoint.authorities.file = volume_.file("ca.crt");
    endpoint.clientCertificate.file = volume_.file("tls.crt");
    endpoint.clientKey.file = volume_.file("tls.key");
    endpoint.tokenFile = volume_.file("token");
    return makeTransport(endpoint, "tls-test", {std::chrono::milliseconds(0)}).value();
  }
  static HttpRequest to(const std::string& target) {
    HttpRequest request;
    request.target = target;
    request.timeout = std::chrono::milliseconds(0);
    return request;
  }
  // The name the server saw, or what went wrong.
  static std::string nameSeenBy(HttpTransport& transport) {
    HttpRequest request = to("/");
    request.timeout = seconds(30);
    const auto response = transport.call(request);
    return !response ? response.error().toString() : response->status == 200 ? response->body : "refused";
  }
  bool eventuallyOpen(int connections) const {
    const auto until = std::chrono::steady_clock::now() + seconds(30);
    while (server_.openConnections() != connections && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return server_.openConnections() == connections;
  }

  SecretVolume volume_;
  TestKeys keys_ = makeTestKeys("server one");
  std::mutex mutex_;
  std::string token_ = "token-one";
  std::atomic<int> resumed_{0};  // connections that went on with an earlier one's session
  ByteServer server_{[this](ServerConnection& connection) { serve(connection); }, keys_};

 private:
  void serve(ServerConnection& connection) {
    if (connection.isResumed()) ++resumed_;
    for (std::string request = connection.readRequest(); !request.empty(); request = connection.readRequest()) {
      if (request.starts_with("GET /watch")) {
        connection.beginChunks();
        connection.sendChunk("first for " + connection.peerName());
        connection.readSome();
        return;
      }
      std::string wanted;
      {
        const std::lock_guard lock(mutex_);
        wanted = "Authorization: Bearer " + token_ + "\r\n";
      }
      const bool known = request.find(wanted) != std::string::npos;
      connection.respond(known ? "200 OK" : "401 Unauthorized", connection.peerName());
    }
  }
};

TEST_F(Tls, F15_TokenAuthorityAndCertificateAreRenewedByASymlinkSwap) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  for (const std::string name : {"two", "three"}) {
    renewAs(name);
    EXPECT_EQ(nameSeenBy(*client), "client " + name);
  }
}

TEST_F(Tls, P30_ConnectionsMadeWithOldFilesAreClosed) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  const auto stream = client->open(to("/watch"));
  ASSERT_TRUE(stream.has_value()) << stream.error().toString();
  EXPECT_EQ(stream->body->read(seconds(30)).value(), "first for client one");
  ASSERT_TRUE(eventuallyOpen(2));  // the idle one of the call, and the stream's
  renewAs("two");
  // Nothing but the stream looks at the files: a process that only watches must notice too.
  const auto ended = stream->body->read(seconds(30));
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().kind, ErrorKind::Transport);
  EXPECT_TRUE(eventuallyOpen(0));
  EXPECT_EQ(nameSeenBy(*client), "client two");
}

TEST_F(Tls, P30_AnEmptyOrBrokenAuthorityNeverReplacesAGoodOne) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  for (const char* bad : {"", "-----BEGIN CERTIFICATE-----\nnonsense\n", "garbage"}) {
    putFiles("one", bad);
    EXPECT_EQ(nameSeenBy(*client), "client one");
  }
  EXPECT_EQ(server_.connections(), 1);  // not even a new connection
}

TEST_F(Tls, UnchangedFilesKeepTheConnection) {
  const auto client = transport();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(nameSeenBy(*client), "client one");
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(Tls, ConnectionsGoOnWithTheSessionOfTheFirstAndAreWhoItWas) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  for (int i = 1; i <= 2; ++i) {
    const auto stream = client->open(to("/watch"));
    ASSERT_TRUE(stream.has_value()) << stream.error().toString();
    EXPECT_EQ(stream->body->read(seconds(30)).value(), "first for client one");
    EXPECT_EQ(resumed_, i);
  }
}

TEST_F(Tls, RenewedFilesBeginANewSession) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  renewClientAs("two");  // the server stays as it is, and would go on
  EXPECT_EQ(nameSeenBy(*client), "client two");
  EXPECT_EQ(resumed_, 0);
}

TEST_F(Tls, AKeptSessionDoesNotLetAnImpostorIn) {
  const auto client = transport();
  EXPECT_EQ(nameSeenBy(*client), "client one");
  server_.useKeys(makeTestKeys("impostor"));
  const auto stream = client->open(to("/watch"));
  ASSERT_FALSE(stream.has_value());
  EXPECT_NE(stream.error().message.find("certificate-authority"), std::string::npos) << stream.error().message;
}

TEST_F(Tls, AServerThatTheAuthorityDoesNotKnowIsRefused) {
  server_.useKeys(makeTestKeys("impostor"));
  HttpRequest request = to("/");
  request.timeout = seconds(30);
  request.method = "POST";
  request.body = "{}";
  const auto response = transport()->call(request);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Transport);
  EXPECT_NE(response.error().message.find("certificate-authority"), std::string::npos) << response.error().message;
}

}  // namespace
}  // namespace windlass::kube
