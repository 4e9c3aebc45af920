// Connections that stop to speak HTTP.
#include <thread>

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"

namespace windlass::kube {
namespace {

TEST(Upgrade, BytesFlowBothWaysAfterTheSwitch) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.send("HTTP/1.1 101 Switching Protocols\r\n\r\nfirst");
    connection.send("got " + connection.readSome());
  });
  Endpoint endpoint;
  endpoint.server = server.url();
  const auto transport = makeTransport(endpoint, "test").value();
  HttpRequest request;
  request.target = "/x";
  auto upgraded = transport->upgrade(request);
  ASSERT_TRUE(upgraded.has_value()) << upgraded.error().toString();
  ASSERT_NE(upgraded->connection, nullptr);
  ASSERT_TRUE(upgraded->connection->write("hello").has_value());
  std::string received = upgraded->received;
  while (const auto more = upgraded->connection->read(std::chrono::seconds(5)).value()) received += *more;
  EXPECT_EQ(received, "firstgot hello");
}

TEST(Upgrade, ARefusalIsAResponse) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.respond("403 Forbidden", "no");
  });
  Endpoint endpoint;
  endpoint.server = server.url();
  HttpRequest request;
  request.target = "/x";
  const auto upgraded = makeTransport(endpoint, "test").value()->upgrade(request);
  ASSERT_TRUE(upgraded.has_value());
  EXPECT_EQ(upgraded->head.status, 403);
  EXPECT_EQ(upgraded->head.body, "no");
  EXPECT_EQ(upgraded->connection, nullptr);
}

TEST(Upgrade, CancelWakesAReader) {
  const ByteServer server([](ServerConnection& connection) {
    connection.readRequest();
    connection.send("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    connection.readSome();
  });
  Endpoint endpoint;
  endpoint.server = server.url();
  HttpRequest request;
  request.target = "/x";
  auto upgraded = makeTransport(endpoint, "test").value()->upgrade(request);
  ASSERT_TRUE(upgraded.has_value()) << upgraded.error().toString();
  std::thread canceller([&upgraded] { upgraded->connection->cancel(); });
  const auto piece = upgraded->connection->read(std::chrono::seconds(30));
  canceller.join();
  ASSERT_FALSE(piece.has_value());
  EXPECT_EQ(piece.error().kind, ErrorKind::Cancelled);
}

}  // namespace
}  // namespace windlass::kube
