#include "kube/transport/upgrade.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxHead = 64U << 10U;

std::string oneLine(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  return text;
}

std::string_view withoutBlanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

void addHeaderLine(Headers& headers, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  headers.emplace_back(std::move(name), std::string(withoutBlanks(line.substr(colon + 1))));
}

// RFC 9112, 2.2: a CR that no LF follows makes a line invalid; a LF alone is taken for none here either.
bool hasBareLineBreak(std::string_view head) {
  for (std::size_t at = head.find_first_of("\r\n"); at != std::string_view::npos;
       at = head.find_first_of("\r\n", at + 2))
    if (head.substr(at, 2) != "\r\n") return true;
  return false;
}

// An error answer ends with its Content-Length or with the connection.
std::size_t bodyBytesWanted(const HttpResponse& response) {
  std::size_t length = kMaxHead;
  const std::string_view text = response.header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  return std::min(length, kMaxHead);
}

}  // namespace

std::string formatUpgradeRequest(const std::string& target, const std::string& host, const Headers& headers) {
  std::string text = "GET " + oneLine(target) + " HTTP/1.1\r\nHost: " + oneLine(host) + "\r\n";
  for (const auto& [name, value] : headers)
    if (name != "Host") text += oneLine(name) + ": " + oneLine(value) + "\r\n";
  return text + "\r\n";
}

Result<std::optional<HttpResponse>> parseResponseHead(std::string_view bytes, std::string& rest) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos && bytes.size() > kMaxHead)
    return fail(ErrorKind::TooLarge, "the head of the response is larger than 64 KiB");
  if (end == std::string_view::npos) return std::optional<HttpResponse>();
  rest = bytes.substr(end + 4);
  std::string_view head = bytes.substr(0, end);
  if (hasBareLineBreak(head)) return fail(ErrorKind::Decode, "the head of the answer has a bare line break");
  HttpResponse response;
  const std::string_view status = head.substr(0, head.find("\r\n"));
  const std::string_view code = status.substr(std::min<std::size_t>(9, status.size()), 3);
  const bool threeDigits = code.size() == 3 && code.find_first_not_of("0123456789") == std::string_view::npos;
  if (!status.starts_with("HTTP/1.") || !threeDigits ||
      std::from_chars(code.data(), code.data() + code.size(), response.status).ec != std::errc())
    return fail(ErrorKind::Decode, "the answer is not HTTP/1.1");
  while (!head.empty()) {
    const std::size_t line = std::min(head.find("\r\n"), head.size());
    addHeaderLine(response.headers, head.substr(0, line));
    head.remove_prefix(std::min(line + 2, head.size()));
  }
  return std::optional(std::move(response));
}

Result<HttpResponse> exchangeUpgrade(RawConnection& connection, const std::string& request,
                                     std::chrono::milliseconds timeout, std::string& rest) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto left = [deadline] {
    const auto now = std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - now), std::chrono::milliseconds{0});
  };
  WINDLASS_TRY(connection.write(request));
  std::string bytes;
  std::optional<HttpResponse> response;
  while (!response) {
    WINDLASS_TRY_ASSIGN(const auto more, connection.read(left()));
    if (!more) return fail(ErrorKind::Transport, "the server closed the connection before its answer");
    bytes += *more;
    WINDLASS_TRY_ASSIGN(response, parseResponseHead(bytes, rest));
  }
  if (response->status == 101) return std::move(*response);
  response->body = std::move(rest);
  while (response->body.size() < bodyBytesWanted(*response)) {
    const auto more = connection.read(left());
    if (!more || !*more) break;
    response->body += **more;
  }
  return std::move(*response);
}

}  // namespace windlass::kube
