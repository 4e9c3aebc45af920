#include "kube/transport/response_parser.h"

#include <gtest/gtest.h>

namespace windlass::kube {
namespace {

struct Parsed {
  Status status;
  ResponseParser parser;
  std::string body;
};

Parsed parse(std::string_view bytes, const ResponseParser::Options& options = {}) {
  Parsed parsed{{}, ResponseParser(options), ""};
  parsed.status = parsed.parser.feed(bytes, parsed.body);
  return parsed;
}

TEST(ResponseParser, AHeadIsReadWhenItIsWhole) {
  Parsed parsed = parse("HTTP/1.1 101 Switching\r\nSec-X:  b \r\n");
  EXPECT_FALSE(parsed.parser.isHeadDone());
  ASSERT_TRUE(parsed.parser.feed("\r\nmore", parsed.body).has_value());
  ASSERT_TRUE(parsed.parser.isDone());
  EXPECT_EQ(parsed.parser.head().status, 101);
  EXPECT_EQ(parsed.parser.head().header("sec-x"), "b");
  EXPECT_EQ(parsed.parser.rest(), "more");
  EXPECT_FALSE(parse("SSH-2.0-x\r\n\r\n").status.has_value());
}

TEST(ResponseParser, AHeadWithABareLineBreakIsRefused) {
  for (const char* head :
       {"HTTP/1.1 101 a\r:\nb\r\n\r\n", "HTTP/1.1 101 a\r\nx: 1\ny: 2\r\n\r\n", "HTTP/1.1 101 a\r\nx\r: 1\r\n\r\n"})
    EXPECT_FALSE(parse(head).status.has_value()) << head;
}

TEST(ResponseParser, AStatusHasThreeDigits) {
  for (const char* line : {"HTTP/1.1 -10 x", "HTTP/1.1 1a1 x", "HTTP/1.1 10", "HTTP/1.1", "HTTP/1.1 099 x"}) {
    const Parsed parsed = parse(std::string(line) + "\r\n\r\n");
    ASSERT_FALSE(parsed.status) << line;
    EXPECT_EQ(parsed.status.error().kind, ErrorKind::Decode);
  }
}

TEST(ResponseParser, AnyPiecesGiveTheSameResponse) {
  const std::string chunked =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1\r\na\r\n5;x=y\r\nbcdef\r\n0\r\nTrailer: late\r\n\r\n";
  const std::string none = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  const std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
  for (const std::string& text : {chunked, none, sized})
    for (std::size_t size = 1; size <= text.size(); ++size) {
      ResponseParser parser({});
      std::string body;
      for (std::size_t at = 0; at < text.size(); at += size)
        ASSERT_TRUE(parser.feed(std::string_view(text).substr(at, size), body).has_value()) << size;
      ASSERT_TRUE(parser.isDone()) << text << " in pieces of " << size;
      EXPECT_EQ(body, text == none ? "" : "abcdef");
      EXPECT_EQ(parser.head().status, 200);
      EXPECT_EQ(parser.head().headers.size(), 1U);
      EXPECT_TRUE(parser.keepsConnection());
    }
}

// What looks like the end of the framing is a body like any other, and is not held back.
TEST(ResponseParser, BytesOfABodyAreGivenOnAtOnce) {
  for (const char* head : {"Content-Length: 4\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4\r\n", "\r\n"}) {
    Parsed parsed = parse("HTTP/1.1 200 OK\r\n" + std::string(head));
    for (const char* byte : {"0", "\r", "\n", "x"}) {
      const std::size_t before = parsed.body.size();
      ASSERT_TRUE(parsed.parser.feed(byte, parsed.body).has_value());
      EXPECT_EQ(parsed.body.size(), before + 1) << head;
    }
  }
  Parsed whole = parse("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  ASSERT_TRUE(whole.parser.feed("0\r\nx", whole.body).has_value());
  EXPECT_TRUE(whole.parser.isDone());
}

TEST(ResponseParser, TheEndOfTheConnectionEndsABodyOnlyWhereNothingElseDoes) {
  Parsed open = parse("HTTP/1.1 200 OK\r\n\r\nall");
  EXPECT_FALSE(open.parser.isDone());
  EXPECT_TRUE(open.parser.finish().has_value());
  EXPECT_EQ(open.body, "all");
  EXPECT_FALSE(open.parser.keepsConnection());
  for (const char* cut : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"}) {
    Parsed parsed = parse(cut);
    const Status finished = parsed.parser.finish();
    ASSERT_FALSE(finished.has_value()) << cut;
    EXPECT_EQ(finished.error().kind, ErrorKind::Transport);
  }
}

TEST(ResponseParser, AnotherRequestMayFollowOnlyWhereTheServerAllowsIt) {
  EXPECT_TRUE(parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").parser.keepsConnection());
  EXPECT_TRUE(parse("HTTP/1.1 204 No Content\r\n\r\n").parser.keepsConnection());
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").parser.keepsConnection());
  EXPECT_FALSE(parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").parser.keepsConnection());
  EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nunasked").parser.keepsConnection());
}

TEST(ResponseParser, WhatIsTooLargeIsRefused) {
  const auto kindOf = [](const std::string& text, std::size_t maxBody) {
    const Parsed parsed = parse(text, {.maxBody = maxBody});
    return parsed.status ? std::optional<ErrorKind>() : parsed.status.error().kind;
  };
  const std::string head = "HTTP/1.1 200 OK\r\n";
  EXPECT_EQ(kindOf(head + "Content-Length: 4\r\n\r\nfour", 4), std::nullopt);
  EXPECT_EQ(kindOf(head + "Content-Length: 5\r\n\r\n", 4), std::nullopt);  // at the first byte
  EXPECT_EQ(kindOf(head + "Content-Length: 5\r\n\r\nf", 4), ErrorKind::TooLarge);
  EXPECT_EQ(kindOf(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n", 4), ErrorKind::TooLarge);
  EXPECT_EQ(kindOf(head + "\r\nabcde", 4), ErrorKind::TooLarge);
  EXPECT_EQ(kindOf(head + "A: " + std::string(300000, 'x'), 4), ErrorKind::TooLarge);
  std::string many = head;
  for (int i = 0; i < 30000; ++i) many += "A: bcdefghi\r\n";
  EXPECT_EQ(kindOf(many + "\r\n", 4), ErrorKind::TooLarge);
}

TEST(ResponseParser, ALineInABodysFramingMayNotGrowForEver) {
  Parsed parsed = parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
  const std::string piece(10000, 'x');
  int fed = 0;
  while (parsed.status && fed < 100) {
    parsed.status = parsed.parser.feed(piece, parsed.body);
    ++fed;
  }
  EXPECT_FALSE(parsed.status.has_value());
  EXPECT_LT(fed, 40);
}

TEST(ResponseParser, FramingThatContradictsItselfIsRefused) {
  for (const char* fields : {"Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: -1\r\n",
                             "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 1x\r\n"})
    EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\n" + std::string(fields) + "\r\nab").status.has_value()) << fields;
  for (const char* body : {"x\r\n", "5\r\nabcdefg\r\n", "ffffffffffffffffff\r\n", "-1\r\n"})
    EXPECT_FALSE(parse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body)).status.has_value())
        << body;
}

}  // namespace
}  // namespace windlass::kube
