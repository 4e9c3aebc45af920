#pragma once
// The property of a frame splitter: whatever the pieces, the frames are those of cutting the whole text at its line
// breaks. Shared by the watch target and by the canary, whose splitter is wrong.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {

using Frames = std::vector<std::pair<std::string, bool>>;  // text, oversized

// The slow reference: no state, no pieces.
inline Frames naiveFrames(std::string_view text, std::size_t maxFrame) {
  Frames frames;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() > maxFrame)
      frames.emplace_back("", true);
    else if (line.find_first_not_of(" \t\r") != std::string_view::npos)
      frames.emplace_back(line, false);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return frames;
}

template <class Splitter, class NextSize>
Frames splitInPieces(std::string_view text, std::size_t maxFrame, const NextSize& nextSize) {
  Splitter splitter(maxFrame);
  Frames frames;
  while (!text.empty()) {
    const std::size_t size = std::min(nextSize(), text.size());
    splitter.feed(text.substr(0, size));
    text.remove_prefix(size);
    while (auto frame = splitter.next()) frames.emplace_back(frame->text, frame->oversized);
    FUZZ_REQUIRE(splitter.buffered() <= maxFrame);
  }
  while (auto frame = splitter.finish()) frames.emplace_back(frame->text, frame->oversized);
  return frames;
}

template <class Splitter>
void checkSplitting(std::string_view text) {
  Choices choices(text);
  for (const std::size_t maxFrame : {std::size_t{24}, std::size_t{32} << 20U}) {
    const Frames expected = naiveFrames(text, maxFrame);
    FUZZ_REQUIRE(splitInPieces<Splitter>(text, maxFrame, [&] { return text.size(); }) == expected);
    FUZZ_REQUIRE(splitInPieces<Splitter>(text, maxFrame, [] { return std::size_t{1}; }) == expected);
    FUZZ_REQUIRE(splitInPieces<Splitter>(text, maxFrame, [&] { return 1 + choices.below(40); }) == expected);
  }
}

}  // namespace windlass::fuzz
