// The answer to an upgrade and the WebSocket frames behind it, the same for any pieces they come in.
#include "kube/transport/websocket.h"

#include "kube/transport/upgrade.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

constexpr std::size_t kMaxMessage = 512;

struct Outcome {
  std::vector<std::pair<WebSocketOpcode, std::string>> messages;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome decodeInPieces(std::string_view bytes, const NextSize& nextSize) {
  WebSocketDecoder decoder(kMaxMessage);
  Outcome outcome;
  while (!bytes.empty() && outcome.error.empty()) {
    const std::size_t size = std::min(nextSize(), bytes.size());
    decoder.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
    for (;;) {
      const auto message = decoder.next();
      if (!message) outcome.error = message.error().message;
      if (!message || !*message) break;
      FUZZ_REQUIRE((*message)->payload.size() <= kMaxMessage);
      FUZZ_REQUIRE((*message)->opcode != WebSocketOpcode::Continuation);
      outcome.messages.emplace_back((*message)->opcode, (*message)->payload);
    }
  }
  return outcome;
}

void checkHead(std::string_view bytes) {
  std::string rest;
  const auto head = parseResponseHead(bytes, rest);
  if (!head || !*head) return;
  FUZZ_REQUIRE((*head)->status >= 0 && (*head)->status <= 999);
  FUZZ_REQUIRE(bytes.ends_with(rest));
  // What stands behind the head does not change it.
  std::string more;
  const auto alone = parseResponseHead(bytes.substr(0, bytes.size() - rest.size()), more);
  FUZZ_REQUIRE(alone && *alone && more.empty());
  FUZZ_REQUIRE((*alone)->headers == (*head)->headers);
  for (const auto& [name, value] : (*head)->headers) {
    FUZZ_REQUIRE(name.find("\r\n") == std::string::npos);
    FUZZ_REQUIRE(value.find("\r\n") == std::string::npos);
  }
}

void websocket(std::string_view bytes) {
  checkHead(bytes);
  Choices choices(bytes);
  const Outcome whole = decodeInPieces(bytes, [&] { return bytes.size(); });
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [] { return std::size_t{1}; }));
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [&] { return 1 + choices.below(40); }));
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(websocket, windlass::fuzz::websocket)
