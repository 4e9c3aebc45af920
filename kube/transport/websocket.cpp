#include "kube/transport/websocket.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "kube/object/base64.h"

namespace windlass::kube {
namespace {

constexpr const char* kAcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3

std::uint64_t bigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

void appendBigEndian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 255U);
}

bool isControl(WebSocketOpcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

}  // namespace

std::string encodeWebSocketFrame(WebSocketOpcode opcode, std::string_view payload, const WebSocketMask& mask) {
  std::string frame(1, static_cast<char>(0x80U | static_cast<std::uint8_t>(opcode)));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80U | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(0x80U | 126U);
    appendBigEndian(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(0x80U | 127U);
    appendBigEndian(frame, payload.size(), 8);
  }
  for (const std::uint8_t byte : mask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i)
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]);
  return frame;
}

std::string webSocketAccept(const std::string& key) {
  const std::string text = key + kAcceptGuid;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64Encode(std::string(digest.begin(), digest.begin() + size));
}

std::string newWebSocketKey() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return base64Encode(std::string(bytes.begin(), bytes.end()));
}

WebSocketMask newWebSocketMask() {
  WebSocketMask mask{};
  RAND_bytes(mask.data(), static_cast<int>(mask.size()));
  return mask;
}

Result<std::optional<WebSocketDecoder::Head>> WebSocketDecoder::head() const {
  if (buffer_.size() < 2) return std::optional<Head>();
  const auto first = static_cast<unsigned char>(buffer_[0]);
  const auto second = static_cast<unsigned char>(buffer_[1]);
  Head head;
  head.final = (first & 0x80U) != 0;
  head.opcode = static_cast<WebSocketOpcode>(first & 0x0FU);
  if ((first & 0x70U) != 0 || (second & 0x80U) != 0)
    return fail(ErrorKind::Decode, "a WebSocket frame of the server is masked or uses an extension");
  const unsigned shortSize = second & 0x7FU;
  const std::size_t sizeBytes = shortSize == 127 ? 8 : shortSize == 126 ? 2 : 0;
  head.headSize = 2 + sizeBytes;
  if (buffer_.size() < head.headSize) return std::optional<Head>();
  head.payloadSize = sizeBytes == 0 ? shortSize : bigEndian(std::string_view(buffer_).substr(2, sizeBytes));
  WINDLASS_TRY(checkHead(head));
  return std::optional(head);
}

Status WebSocketDecoder::checkHead(const Head& head) const {
  switch (head.opcode) {
    case WebSocketOpcode::Continuation:
      if (!partial_) return fail(ErrorKind::Decode, "a WebSocket continuation without a beginning");
      break;
    case WebSocketOpcode::Text:
    case WebSocketOpcode::Binary:
      if (partial_) return fail(ErrorKind::Decode, "a WebSocket message begins inside of another");
      break;
    case WebSocketOpcode::Close:
    case WebSocketOpcode::Ping:
    case WebSocketOpcode::Pong:
      if (!head.final || head.payloadSize > 125)
        return fail(ErrorKind::Decode, "a WebSocket control frame is too long");
      break;
    default:
      return fail(ErrorKind::Decode, "an unknown WebSocket opcode");
  }
  const std::size_t held = partial_ ? partial_->payload.size() : 0;
  if (head.payloadSize > maxMessage_ || head.payloadSize + held > maxMessage_)
    return fail(ErrorKind::TooLarge, "a WebSocket message is larger than " + std::to_string(maxMessage_) + " bytes");
  return {};
}

Result<std::optional<WebSocketMessage>> WebSocketDecoder::next() {
  for (;;) {
    WINDLASS_TRY_ASSIGN(const auto found, head());
    if (!found || buffer_.size() - found->headSize < found->payloadSize) return std::optional<WebSocketMessage>();
    std::string payload = buffer_.substr(found->headSize, found->payloadSize);
    buffer_.erase(0, found->headSize + found->payloadSize);
    if (isControl(found->opcode)) return WebSocketMessage{found->opcode, std::move(payload)};
    if (!partial_) partial_ = WebSocketMessage{found->opcode, ""};
    partial_->payload += payload;
    if (!found->final) continue;
    WebSocketMessage whole = std::move(*partial_);
    partial_.reset();
    return whole;
  }
}

}  // namespace windlass::kube
