#pragma once
// WebSocket framing, the client's side. Pure: bytes in, frames out. Source: RFC 6455 sections 1.3 and 5.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kube/object/result.h"

namespace windlass::kube {

enum class WebSocketOpcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

struct WebSocketMessage {
  WebSocketOpcode opcode = WebSocketOpcode::Binary;  // never Continuation: fragments are put together
  std::string payload;
};

using WebSocketMask = std::array<std::uint8_t, 4>;
// One unfragmented frame; a client must mask, with a mask nobody can guess.
std::string encodeWebSocketFrame(WebSocketOpcode opcode, std::string_view payload, const WebSocketMask& mask);

// What the server must answer in Sec-WebSocket-Accept to this Sec-WebSocket-Key.
std::string webSocketAccept(const std::string& key);
// Fresh random values.
std::string newWebSocketKey();
WebSocketMask newWebSocketMask();

class WebSocketDecoder {
 public:
  explicit WebSocketDecoder(std::size_t maxMessage = 16U << 20U) : maxMessage_(maxMessage) {}
  void feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole message; nullopt when more bytes are needed. After an error the stream cannot be used any more.
  Result<std::optional<WebSocketMessage>> next();

 private:
  struct Head {
    bool final = false;
    WebSocketOpcode opcode = WebSocketOpcode::Binary;
    std::size_t headSize = 0;
    std::uint64_t payloadSize = 0;
  };
  Result<std::optional<Head>> head() const;
  Status checkHead(const Head& head) const;

  const std::size_t maxMessage_;
  std::string buffer_;
  std::optional<WebSocketMessage> partial_;
};

}  // namespace windlass::kube
