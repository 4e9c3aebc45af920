// The WebSocket frames of a server, the same for any pieces they come in.
#include "kube/transport/websocket.h"

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

void websocket(std::string_view bytes) {
  Choices choices(bytes);
  const Outcome whole = decodeInPieces(bytes, [&] { return bytes.size(); });
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [] { return std::size_t{1}; }));
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [&] { return 1 + choices.below(40); }));
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(websocket, windlass::fuzz::websocket)
