// What a server, or whatever answers in its place, sends as a response: the same for any pieces it comes in.
#include "kube/transport/response_parser.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

constexpr std::size_t kMaxBody = 512;

struct Outcome {
  bool whole = false;  // the rest is what came then
  int status = 0;
  Headers headers;
  std::string body, rest;
  bool keepsConnection = false;
  bool operator==(const Outcome&) const = default;
};

template <class NextSize>
Outcome parseInPieces(std::string_view bytes, const NextSize& nextSize) {
  ResponseParser parser({.maxBody = kMaxBody});
  std::string body;
  Status fed;
  while (fed && !bytes.empty() && !parser.isDone()) {
    const std::size_t size = std::min(nextSize(), bytes.size());
    fed = parser.feed(bytes.substr(0, size), body);
    bytes.remove_prefix(size);
    FUZZ_REQUIRE(body.size() <= kMaxBody);
  }
  const bool byItself = parser.isDone();
  if (!fed || !parser.finish()) return {};
  FUZZ_REQUIRE(byItself || !parser.keepsConnection());
  const HttpResponse& head = parser.head();
  return {true,
          head.status,
          head.headers,
          body,
          std::string(parser.rest()) + std::string(bytes),
          byItself && parser.keepsConnection() && bytes.empty()};
}

void httpResponse(std::string_view bytes) {
  Choices choices(bytes);
  const Outcome whole = parseInPieces(bytes, [&] { return bytes.size(); });
  FUZZ_REQUIRE(whole == parseInPieces(bytes, [] { return std::size_t{1}; }));
  FUZZ_REQUIRE(whole == parseInPieces(bytes, [&] { return 1 + choices.below(40); }));
  if (!whole.whole) return;
  FUZZ_REQUIRE(whole.status == 101 || (whole.status >= 200 && whole.status <= 999));
  FUZZ_REQUIRE(bytes.ends_with(whole.rest));
  for (const auto& [name, value] : whole.headers) {
    FUZZ_REQUIRE(name.find_first_of("\r\n: ") == std::string::npos);
    FUZZ_REQUIRE(value.find_first_of("\r\n") == std::string::npos);
  }
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(http_response, windlass::fuzz::httpResponse)
