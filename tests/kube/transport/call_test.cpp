// Whole calls against a server that behaves badly.
#include <thread>

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"
#include "temp_folder.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;

std::shared_ptr<HttpTransport> transportTo(const ByteServer& server) {
  Endpoint endpoint;
  endpoint.server = server.url();
  return makeTransport(endpoint, "windlass-test/1").value();
}

HttpRequest getOf(const std::string& target, milliseconds timeout = milliseconds(10000)) {
  HttpRequest request;
  request.target = target;
  request.timeout = timeout;
  return request;
}

HttpRequest postOf(const std::string& body) {
  HttpRequest request = getOf("/x");
  request.method = "POST";
  request.body = body;
  return request;
}

TEST(Call, ManyCallsShareOneConnection) {
  const ByteServer server([](ServerConnection& connection) {
    while (!connection.readRequest().empty()) connection.respond("200 OK", "hi", "X-Thing: 1\r\n");
  });
  const auto transport = transportTo(server);
  for (int i = 0; i < 20; ++i) {
    const auto response = transport->call(getOf("/a"));
    ASSERT_TRUE(response.has_value()) << response.error().toString();
    EXPECT_EQ(response->body, "hi");
    EXPECT_EQ(response->header("x-thing"), "1");
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(Call, TheRequestIsWhatWasAskedFor) {
  std::string seen;
  const ByteServer server([&seen](ServerConnection& connection) {
    seen = connection.readRequest();
    connection.respond("200 OK");
  });
  HttpRequest request = postOf("body\n");
  request.method = "PATCH";
  request.headers = {{"Content-Type", "application/apply-patch+yaml"}};
  ASSERT_TRUE(transportTo(server)->call(request).has_value());
  EXPECT_TRUE(seen.starts_with("PATCH /x HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("User-Agent: windlass-test/1\r\n"), std::string::npos);
  EXPECT_EQ(seen.find("Expect:"), std::string::npos);
  EXPECT_TRUE(seen.ends_with("\r\n\r\nbody\n"));
}

TEST(Call, ABodyInManyChunksIsPutTogether) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    for (int i = 0; i < 300; ++i) connection.sendChunk("\xE2\x82");
    connection.endChunks();
  });
  EXPECT_EQ(transportTo(server)->call(getOf("/"))->body.size(), 600U);
}

TEST(Call, AServerThatSaysNothingIsATimeout) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.readSome();
  });
  const auto response = transportTo(server)->call(getOf("/", milliseconds(200)));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Timeout);
}

TEST(Call, NobodyListeningIsUnavailable) {
  std::string url;
  {
    url = ByteServer([](ServerConnection&) {}).url();
  }
  Endpoint endpoint;
  endpoint.server = url;
  const auto response = makeTransport(endpoint, "t").value()->call(getOf("/"));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Unavailable);
  EXPECT_NE(response.error().message.find(url.substr(7)), std::string::npos) << response.error().message;
}

TEST(Call, P25_AGetIsRepeatedWhenItsConnectionBreaks) {
  std::atomic<int> count{0};
  const ByteServer server([&count](ServerConnection& connection) {
    connection.readRequest();
    if (count++ == 0) return connection.reset();
    connection.respond("200 OK", "second");
  });
  const auto response = transportTo(server)->call(getOf("/"));
  ASSERT_TRUE(response.has_value()) << response.error().toString();
  EXPECT_EQ(response->body, "second");
}

TEST(Call, P25_AWriteIsNeverRepeatedWhenItsConnectionBreaks) {
  std::atomic<int> writes{0};
  const ByteServer server([&writes](ServerConnection& connection) {
    // The GET before it is answered, so that the write uses a pooled connection: the case in which a
    // GET is repeated on a fresh one at once.
    for (std::string request = connection.readRequest(); !request.empty(); request = connection.readRequest()) {
      if (request.starts_with("POST") && writes++ == 0) return;
      connection.respond("200 OK");
    }
  });
  const auto transport = transportTo(server);
  ASSERT_TRUE(transport->call(getOf("/")).has_value());
  const auto response = transport->call(postOf("{}"));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Transport);
  EXPECT_EQ(writes, 1);
}

TEST(Call, AConnectionThatTheServerClosedIsNotUsedAgain) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.respond("200 OK");
  });
  const auto transport = transportTo(server);
  for (int i = 0; i < 3; ++i) {
    const auto response = transport->call(postOf("{}"));
    ASSERT_TRUE(response.has_value()) << response.error().toString();
    while (server.openConnections() > 0) std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST(Call, ABodyCutShortIsAnErrorOfTransport) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  });
  const auto response = transportTo(server)->call(postOf("{}"));
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::Transport);
}

TEST(Call, ALargerBodyThanAllowedIsTooLarge) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    while (connection.sendChunk(std::string(10000, 'x'))) continue;
  });
  HttpRequest request = getOf("/");
  request.maxResponse = 100000;
  const auto response = transportTo(server)->call(request);
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().kind, ErrorKind::TooLarge);
}

TEST(Call, GarbageIsAnErrorAndNotACrash) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.send(std::string("\x00\xFF garbage\r\n\r\n", 14));
  });
  EXPECT_FALSE(transportTo(server)->call(postOf("{}")).has_value());
}

TEST(Call, P29_ARefusedTokenIsReadAgainAndTheCallSentOnceMore) {
  const TempFolder folder;
  folder.write("token", "old");
  const ByteServer server([&folder](ServerConnection& connection) {
    for (std::string request = connection.readRequest(); !request.empty(); request = connection.readRequest()) {
      const bool isNew = request.find("Authorization: Bearer new\r\n") != std::string::npos;
      folder.write("token", "new");
      connection.respond(isNew ? "200 OK" : "401 Unauthorized");
    }
  });
  Endpoint endpoint;
  endpoint.server = server.url();
  endpoint.tokenFile = folder.path("token");
  const auto response = makeTransport(endpoint, "t").value()->call(postOf("{}"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 200);
}

TEST(Call, CallsFromManyThreadsAreAllAnswered) {
  const ByteServer server([](ServerConnection& connection) {
    while (!connection.readRequest().empty()) connection.respond("200 OK", std::string(3000, 'x'));
  });
  const auto transport = transportTo(server);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) answered += transport->call(getOf("/"))->body.size() == 3000U ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered, 80);
  EXPECT_LE(server.connections(), 8);
}

}  // namespace
}  // namespace windlass::kube
