// What a server (or whatever stands in between) answers beside objects: errors, headers, discovery documents.
// First line: a header value; the rest: a body.
#include "kube/client/api_error.h"
#include "kube/client/discovery.h"
#include "kube/client/stream.h"
#include "kube/client/warnings.h"
#include "kube/transport/retry_after.h"
#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

constexpr std::chrono::hours kLongest{24};

void checkWait(const std::optional<std::chrono::milliseconds>& wait) {
  if (wait) FUZZ_REQUIRE(wait->count() >= 0 && *wait <= kLongest);
}

void checkError(std::string_view header, std::string_view body) {
  const std::chrono::system_clock::time_point now{std::chrono::hours(500000)};
  for (const int code : {400, 429, 503}) {
    HttpResponse response;
    response.status = code;
    response.headers = {{"retry-after", std::string(header)}};
    response.body = body;
    const Error error = errorFromResponse("get x", response, now);
    FUZZ_REQUIRE(error.httpStatus == code);
    FUZZ_REQUIRE(error.message.size() < 2200);
    checkWait(error.retryAfter);
  }
  checkWait(parseRetryAfter(header, now));
}

void checkDiscovery(const Json& document) {
  for (const auto& found : {parseAggregatedDiscovery(document), parseResourceList(document)})
    for (const DiscoveredResource& resource : found) {
      FUZZ_REQUIRE(!resource.kind.plural.empty());
      FUZZ_REQUIRE(resource.kind.plural.find('/') == std::string::npos);
      const bool plain = resource.kind.plural.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
      FUZZ_REQUIRE(!plain || findResource(found, resource.kind.plural) != nullptr);
    }
}

void serverAnswers(std::string_view bytes) {
  const auto [header, body] = splitLine(bytes);
  checkError(header, body);
  for (const std::string& warning : parseWarnings(header)) FUZZ_REQUIRE(warning.size() <= header.size());
  if (const auto code = exitCodeOf(body); !code) checkWait(code.error().retryAfter);
  const Json document = Json::parse(body, nullptr, false);
  if (!document.is_discarded()) checkDiscovery(document);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(server_answers, windlass::fuzz::serverAnswers)
