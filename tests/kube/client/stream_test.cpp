#include "kube/client/stream.h"

#include <gtest/gtest.h>

#include "kube/object/meta.h"
#include "kube/transport/transport.h"
#include "kube/transport/websocket.h"
#include "scripted_transport.h"
#include "tests/kube/transport/byte_server.h"

namespace windlass::kube {
namespace {

using std::chrono::seconds;

std::string headerOf(const std::string& request, const std::string& name) {
  const auto at = request.find(name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 2;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

std::string serverFrame(const std::string& payload, char opcode = '\x82') {
  return std::string{opcode, static_cast<char>(payload.size())} + payload;
}

bool acceptWebSocket(ServerConnection& connection, std::string& request) {
  request = connection.readRequest();
  return connection.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\nSec-WebSocket-Accept: " +
      webSocketAccept(headerOf(request, "Sec-WebSocket-Key")) + "\r\n\r\n");
}

std::shared_ptr<RestClient> clientOf(const ByteServer& server) {
  Endpoint endpoint;
  endpoint.server = server.url();
  return std::make_shared<RestClient>(makeTransport(endpoint, "t").value(), RestClientOptions{});
}

TEST(PodStream, OutputAndTheExitCodeArrive) {
  std::string request;
  const ByteServer server([&request](ServerConnection& connection) {
    acceptWebSocket(connection, request);
    connection.send(serverFrame(std::string(1, '\1')) + serverFrame("\1hello") +
                    serverFrame(std::string("\3") + R"({"status": "Failure", "details": {"causes": [)" +
                                R"({"reason": "ExitCode", "message": "3"}]}})") +
                    serverFrame("\x03\xE8", '\x88'));
    connection.readSome();
  });
  PodStreamOptions options;
  options.command = {"sh", "-c", "exit 3"};
  options.container = "main";
  const auto client = clientOf(server);
  const auto stream = execInPod(*client, {"ns", "p"}, options);
  ASSERT_TRUE(stream.has_value()) << stream.error().toString();
  const auto output = (*stream)->read(seconds(5)).value();
  EXPECT_EQ(output->channel, channel::Stdout);
  EXPECT_EQ(output->bytes, "hello");
  const auto failure = (*stream)->read(seconds(5)).value();
  EXPECT_EQ(failure->channel, channel::Failure);
  EXPECT_EQ(exitCodeOf(failure->bytes).value(), 3);
  EXPECT_FALSE((*stream)->read(seconds(5)).value().has_value());
  EXPECT_TRUE(
      request.starts_with("GET /api/v1/namespaces/ns/pods/p/exec?container=main&stdin=false&stdout=true&stderr="
                          "true&tty=false&command=sh&command=-c&command=exit%203 HTTP/1.1"))
      << request;
}

TEST(PodStream, InputIsMaskedAndCanBeEnded) {
  std::string request;
  std::string received;
  const ByteServer server([&](ServerConnection& connection) {
    acceptWebSocket(connection, request);
    while (received.size() < 8 + 8) received += connection.readSome();
    connection.send(serverFrame("", '\x88'));
  });
  const auto client = clientOf(server);
  PodStreamOptions options;
  options.input = true;
  const auto stream = attachToPod(*client, {"ns", "p"}, options);
  ASSERT_TRUE(stream.has_value()) << stream.error().toString();
  ASSERT_TRUE((*stream)->write(channel::Stdin, "x").has_value());
  ASSERT_TRUE((*stream)->closeInput().has_value());
  EXPECT_FALSE((*stream)->read(seconds(5)).value().has_value());
  ASSERT_EQ(received.size(), 16U);
  EXPECT_EQ(received[7] ^ received[3], 'x');
  EXPECT_EQ(static_cast<unsigned char>(received[14] ^ received[10]), 255U);
}

TEST(PodStream, AServerWithAnotherProtocolIsRefused) {
  const ByteServer server([](ServerConnection& connection) {
    const std::string request = connection.readRequest();
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n"
        "Sec-WebSocket-Accept: " +
        webSocketAccept(headerOf(request, "Sec-WebSocket-Key")) + "\r\n\r\n");
  });
  const auto client = clientOf(server);
  const auto stream = attachToPod(*client, {"ns", "p"}, {});
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().kind, ErrorKind::Decode);
}

TEST(PodStream, ARefusalIsTheServersError) {
  auto transport = std::make_shared<ScriptedTransport>();
  transport->answer(404, R"({"kind": "Status", "apiVersion": "v1", "reason": "NotFound", "message": "no pod"})");
  RestClient client(transport, {});
  const auto stream = attachToPod(client, {"ns", "p"}, {});
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().kind, ErrorKind::NotFound);
}

TEST(PodStream, TheEndOfACommandIsUnderstood) {
  EXPECT_EQ(exitCodeOf(R"({"status": "Success"})").value(), 0);
  EXPECT_FALSE(exitCodeOf(R"({"status": "Failure", "message": "no such command", "code": 500})").has_value());
  EXPECT_FALSE(exitCodeOf("garbage").has_value());
}

}  // namespace
}  // namespace windlass::kube
