#include "kube/client/watch_decoder.h"

#include <gtest/gtest.h>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

std::string line(const std::string& type, const std::string& name) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"name":")" + name + "\"}}}\n";
}

TEST(WatchDecoder, F08_EventsAreTheSameInWhateverPiecesTheyCome) {
  const std::string text = line("ADDED", "\xC3\xA4") + line("MODIFIED", "b") + line("BOOKMARK", "") + line("ERROR", "");
  for (std::size_t piece = 1; piece < text.size(); piece += 7) {
    WatchDecoder decoder;
    std::vector<WatchEventType> types;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      decoder.feed(std::string_view(text).substr(at, piece));
      for (auto event = decoder.next(); event && *event; event = decoder.next()) types.push_back((*event)->type);
    }
    EXPECT_EQ(types, (std::vector<WatchEventType>{WatchEventType::Added, WatchEventType::Modified,
                                                  WatchEventType::Bookmark, WatchEventType::Error}));
    EXPECT_TRUE(decoder.finish().has_value());
  }
}

TEST(WatchDecoder, P11_AFrameThatIsNoEventIsReportedAndTheNextIsRead) {
  for (const std::string bad : {"garbage\n", "[]\n", "{\"type\":\"PARTY\",\"object\":{}}\n", "{\"type\":\"ADDED\"}\n",
                                "{\"type\":\"ADDED\",\"object\":5}\n", "\xFF\xFE\n"}) {
    WatchDecoder decoder;
    decoder.feed(bad + line("ADDED", "good"));
    const auto first = decoder.next();
    ASSERT_FALSE(first.has_value()) << bad;
    EXPECT_EQ(first.error().kind, ErrorKind::Decode);
    const auto second = decoder.next();
    ASSERT_TRUE(second.has_value() && *second) << bad;
    EXPECT_EQ(nameOf((*second)->object), "good");
  }
}

TEST(WatchDecoder, AnEndInsideOfAnEventIsReported) {
  WatchDecoder decoder;
  decoder.feed("{\"type\":\"ADD");
  EXPECT_FALSE(decoder.next().value().has_value());
  EXPECT_FALSE(decoder.finish().has_value());
  EXPECT_TRUE(decoder.finish().has_value());
}

}  // namespace
}  // namespace windlass::kube
