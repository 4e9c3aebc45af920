#include "kube/transport/upgrade.h"

#include <gtest/gtest.h>

#include "byte_server.h"
#include "kube/transport/transport.h"

namespace windlass::kube {
namespace {

TEST(Upgrade, AHeadIsReadWhenItIsWhole) {
  std::string rest;
  EXPECT_FALSE(parseResponseHead("HTTP/1.1 101 Switching\r\nA: b\r\n", rest).value().has_value());
  const auto head = parseResponseHead("HTTP/1.1 101 Switching\r\nSec-X:  b \r\n\r\nmore", rest).value();
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->status, 101);
  EXPECT_EQ(head->header("sec-x"), "b");
  EXPECT_EQ(rest, "more");
  EXPECT_FALSE(parseResponseHead("SSH-2.0-x\r\n\r\n", rest).has_value());
}

TEST(Upgrade, AHeadWithABareLineBreakIsRefused) {
  std::string rest;
  for (const char* head :
       {"HTTP/1.1 101 a\r:\nb\r\n\r\n", "HTTP/1.1 101 a\r\nx: 1\ny: 2\r\n\r\n", "HTTP/1.1 101 a\r\nx\r: 1\r\n\r\n"})
    EXPECT_FALSE(parseResponseHead(head, rest).has_value()) << head;
}

TEST(Upgrade, LineBreaksCannotSmuggleHeaders) {
  const std::string text = formatUpgradeRequest("/a", "h:1", {{"X", "1\r\nEvil: 2"}});
  EXPECT_EQ(text, "GET /a HTTP/1.1\r\nHost: h:1\r\nX: 1Evil: 2\r\n\r\n");
}

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

TEST(Upgrade, AStatusHasThreeDigits) {
  std::string rest;
  for (const char* line : {"HTTP/1.1 -10 x", "HTTP/1.1 1a1 x", "HTTP/1.1 10", "HTTP/1.1"}) {
    const auto head = parseResponseHead(std::string(line) + "\r\n\r\n", rest);
    ASSERT_FALSE(head) << line;
    EXPECT_EQ(head.error().kind, ErrorKind::Decode);
  }
}

}  // namespace
}  // namespace windlass::kube
