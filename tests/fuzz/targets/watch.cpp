// The bytes of a watch: cut into frames and decoded into events, the same for any pieces they come in.
#include "kube/client/watch_decoder.h"
#include "tests/fuzz/splitting.h"

namespace windlass::fuzz {
namespace {

using kube::Json;
using kube::WatchDecoder;

struct Outcome {
  std::vector<std::pair<kube::WatchEventType, std::string>> events;
  int undecodable = 0;
  bool endedInside = false;
  bool operator==(const Outcome&) const = default;
};

void drain(WatchDecoder& decoder, Outcome& outcome) {
  for (;;) {
    const auto event = decoder.next();
    if (event && !*event) return;
    if (!event) {
      FUZZ_REQUIRE(event.error().kind == kube::ErrorKind::Decode);
      FUZZ_REQUIRE(event.error().message.size() < 256);
      ++outcome.undecodable;
      continue;
    }
    FUZZ_REQUIRE((*event)->object.is_object());
    outcome.events.emplace_back((*event)->type, (*event)->object.dump());
  }
}

template <class NextSize>
Outcome decodeInPieces(std::string_view text, const NextSize& nextSize) {
  WatchDecoder decoder;
  Outcome outcome;
  while (!text.empty()) {
    const std::size_t size = std::min(nextSize(), text.size());
    decoder.feed(text.substr(0, size));
    text.remove_prefix(size);
    drain(decoder, outcome);
  }
  outcome.endedInside = !decoder.finish();
  return outcome;
}

void watch(std::string_view bytes) {
  checkSplitting<kube::FrameSplitter>(bytes);
  Choices choices(bytes);
  const Outcome whole = decodeInPieces(bytes, [&] { return bytes.size(); });
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [] { return std::size_t{1}; }));
  FUZZ_REQUIRE(whole == decodeInPieces(bytes, [&] { return 1 + choices.below(64); }));
  const Frames frames = naiveFrames(bytes, bytes.size());
  FUZZ_REQUIRE(whole.events.size() + static_cast<std::size_t>(whole.undecodable) + (whole.endedInside ? 1 : 0) ==
               frames.size());
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(watch, windlass::fuzz::watch)
