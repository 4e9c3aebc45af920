#include "kube/transport/frame_splitter.h"

#include <vector>

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

std::vector<std::string> framesOf(FrameSplitter& splitter) {
  std::vector<std::string> texts;
  while (const auto frame = splitter.next()) texts.push_back(frame->oversized ? "<oversized>" : frame->text);
  return texts;
}

TEST(FrameSplitter, OneFrameInManyPiecesAndManyFramesInOnePiece) {
  const std::string text = "{\"a\":1}\n{\"b\":\"\xC3\xA4\"}\n\n  \n{}\r\n";
  const std::vector<std::string> expected{"{\"a\":1}", "{\"b\":\"\xC3\xA4\"}", "{}\r"};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    FrameSplitter splitter;
    std::vector<std::string> frames;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      splitter.feed(std::string_view(text).substr(at, piece));
      for (std::string& frame : framesOf(splitter)) frames.push_back(std::move(frame));
    }
    EXPECT_EQ(frames, expected) << "pieces of " << piece;
    EXPECT_FALSE(splitter.finish().has_value());
  }
}

TEST(FrameSplitter, AnOversizedLineIsReportedAndTheNextIsWhole) {
  FrameSplitter splitter(100);
  for (int i = 0; i < 50; ++i) {
    splitter.feed(std::string(10, 'x'));
    EXPECT_TRUE(framesOf(splitter).empty());
    EXPECT_LE(splitter.buffered(), 110U) << "a line that is too long must not be kept";
  }
  splitter.feed("x\nok\n");
  EXPECT_EQ(framesOf(splitter), (std::vector<std::string>{"<oversized>", "ok"}));
}

TEST(FrameSplitter, WhatIsLeftAtTheEndIsAFrame) {
  FrameSplitter splitter;
  splitter.feed("{\"a\":1}\n{\"half\":");
  EXPECT_EQ(framesOf(splitter).size(), 1U);
  const auto rest = splitter.finish();
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(rest->text, "{\"half\":");
  EXPECT_FALSE(splitter.finish().has_value());
}

}  // namespace
}  // namespace windlass::kube
