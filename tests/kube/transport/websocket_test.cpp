#include "kube/transport/websocket.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

// A frame as a server sends it: not masked.
std::string serverFrame(unsigned first, const std::string& payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) return frame + static_cast<char>(payload.size()) + payload;
  frame += static_cast<char>(126);
  frame += static_cast<char>(payload.size() >> 8U);
  frame += static_cast<char>(payload.size() & 255U);
  return frame + payload;
}

TEST(WebSocket, TheHandshakeAnswerIsThatOfTheRfc) {
  EXPECT_EQ(webSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocket, AFrameIsMaskedAsInTheRfc) {
  EXPECT_EQ(encodeWebSocketFrame(WebSocketOpcode::Text, "Hello", {0x37, 0xfa, 0x21, 0x3d}),
            "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST(WebSocket, FragmentsWithAPingBetweenThemAreOneMessage) {
  const std::string bytes =
      serverFrame(0x02, "one ") + serverFrame(0x89, "ping") + serverFrame(0x00, "two ") + serverFrame(0x80, "three");
  WebSocketDecoder decoder;
  std::vector<WebSocketMessage> messages;
  for (const char c : bytes) {
    decoder.feed({&c, 1});
    for (;;) {
      auto message = decoder.next();
      ASSERT_TRUE(message.has_value());
      if (!*message) break;
      messages.push_back(std::move(**message));
    }
  }
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].opcode, WebSocketOpcode::Ping);
  EXPECT_EQ(messages[1].payload, "one two three");
}

TEST(WebSocket, LongPayloadsAreRead) {
  WebSocketDecoder decoder;
  decoder.feed(serverFrame(0x82, std::string(60000, 'x')));
  EXPECT_EQ(decoder.next().value()->payload.size(), 60000U);
}

TEST(WebSocket, BrokenFramesAreErrors) {
  for (const std::string& bytes : {serverFrame(0x80, "continuation of nothing"), serverFrame(0xC2, "extension"),
                                   serverFrame(0x8B, "opcode"), serverFrame(0x09, "fragmented ping"),
                                   serverFrame(0x02, "a") + serverFrame(0x82, "b"), std::string("\x82\x81mask", 6)}) {
    WebSocketDecoder decoder;
    decoder.feed(bytes);
    Result<std::optional<WebSocketMessage>> message = decoder.next();
    EXPECT_FALSE(message.has_value());
  }
}

TEST(WebSocket, AMessageThatClaimsTooMuchIsRefusedBeforeItCame) {
  WebSocketDecoder decoder(1000);
  decoder.feed(std::string("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10));
  const auto message = decoder.next();
  ASSERT_FALSE(message.has_value());
  EXPECT_EQ(message.error().kind, ErrorKind::TooLarge);
}

}  // namespace
}  // namespace windlass::kube
