// Bodies that are read while they arrive.
#include <thread>

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"

namespace windlass::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Result<HttpStream> openTo(const ByteServer& server, milliseconds timeout = milliseconds(0)) {
  Endpoint endpoint;
  endpoint.server = server.url();
  HttpRequest request;
  request.target = "/watch";
  request.timeout = timeout;
  // The stream keeps its transport alive.
  return makeTransport(endpoint, "t").value()->open(request);
}

std::string readAll(ByteStream& stream) {
  std::string all;
  for (;;) {
    const auto piece = stream.read(seconds(30));
    if (!piece) return all + "<" + piece.error().toString() + ">";
    if (!*piece) return all;
    all += **piece;
  }
}

TEST(Stream, BytesComeWhileTheResponseIsOpen) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk("one");
    connection.readSome();
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value()) << stream.error().toString();
  EXPECT_EQ(stream->body->read(seconds(30)).value(), "one");
  const auto nothing = stream->body->read(milliseconds(50));
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().kind, ErrorKind::Timeout);
}

TEST(Stream, ANormalEndIsTheEnd) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk("all");
    connection.endChunks();
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(readAll(*stream->body), "all");
}

TEST(Stream, ABrokenConnectionIsAnErrorOfTransport) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.sendChunk("half");
    connection.reset();
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value());
  Result<std::optional<std::string>> piece = stream->body->read(seconds(30));
  if (piece) piece = stream->body->read(seconds(30));
  ASSERT_FALSE(piece.has_value());
  EXPECT_EQ(piece.error().kind, ErrorKind::Transport);
}

TEST(Stream, ARefusalHasItsBodyAndNoStream) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.respond("410 Gone", "expired");
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value());
  EXPECT_EQ(stream->head.status, 410);
  EXPECT_EQ(stream->head.body, "expired");
  EXPECT_EQ(stream->body, nullptr);
}

TEST(Stream, AReaderThatDoesNotReadHoldsTheSenderBack) {
  std::atomic<std::size_t> sent{0};
  constexpr std::size_t kTotal = 24U << 20U;
  const ByteServer server([&sent](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    const std::string piece(1U << 16U, 'x');
    while (sent < kTotal && connection.sendChunk(piece)) sent += piece.size();
    connection.endChunks();
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value());
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_LT(sent, kTotal) << "the sender was not held back";
  EXPECT_EQ(readAll(*stream->body).size(), kTotal);
}

TEST(Stream, P10_AStreamThatOutlivesItsTimeoutIsBrokenNotSilent) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.readSome();
  });
  const auto stream = openTo(server, milliseconds(300));
  ASSERT_TRUE(stream.has_value());
  const auto piece = stream->body->read(seconds(30));
  ASSERT_FALSE(piece.has_value());
  // Timeout would be an invitation to ask again, at once and for ever.
  EXPECT_EQ(piece.error().kind, ErrorKind::Transport);
  EXPECT_NE(piece.error().message.find("/watch"), std::string::npos) << piece.error().message;
}

TEST(Stream, CancelWakesAReader) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    connection.readSome();
  });
  const auto stream = openTo(server);
  ASSERT_TRUE(stream.has_value());
  std::thread canceller([&stream] {
    std::this_thread::sleep_for(milliseconds(50));
    stream->body->cancel();
  });
  const auto piece = stream->body->read(seconds(30));
  canceller.join();
  ASSERT_FALSE(piece.has_value());
  EXPECT_EQ(piece.error().kind, ErrorKind::Cancelled);
}

TEST(Stream, ManyStreamsHaveManyConnectionsAndAllEnd) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.beginChunks();
    for (int i = 0; i < 20; ++i) connection.sendChunk("0123456789");
    connection.endChunks();
  });
  std::vector<HttpStream> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(openTo(server).value());
  for (HttpStream& stream : streams) EXPECT_EQ(readAll(*stream.body).size(), 200U);
  EXPECT_EQ(server.connections(), 10);
}

}  // namespace
}  // namespace windlass::kube
