#include "kube/transport/request_text.h"

namespace windlass::kube {
namespace {

constexpr std::size_t kUsualHead = 512;

void appendOneLine(std::string& text, std::string_view piece) {
  for (;;) {
    const std::size_t clean = std::min(piece.find_first_of("\r\n"), piece.size());
    text += piece.substr(0, clean);
    if (clean == piece.size()) return;
    piece.remove_prefix(clean + 1);
  }
}

}  // namespace

void appendHeaderLine(std::string& text, std::string_view name, std::string_view value) {
  appendOneLine(text, name);
  text += ": ";
  appendOneLine(text, value);
  text += "\r\n";
}

std::string formatRequest(const HttpRequest& request, std::string_view path, std::string_view common,
                          std::string_view authorization) {
  std::string text;
  text.reserve(kUsualHead + request.target.size() + common.size() + authorization.size() + request.body.size());
  appendOneLine(text, request.method);
  text += ' ';
  appendOneLine(text, path);
  appendOneLine(text, request.target);
  text += " HTTP/1.1\r\n";
  text += common;
  for (const auto& [name, value] : request.headers)
    if (name != "Host") appendHeaderLine(text, name, value);
  if (!authorization.empty()) appendHeaderLine(text, "Authorization", authorization);
  // RFC 9110, 8.6: a POST, PUT or PATCH says so when its body is empty.
  if (!request.body.empty() || request.method.starts_with('P'))
    appendHeaderLine(text, "Content-Length", std::to_string(request.body.size()));
  text += "\r\n";
  text += request.body;
  return text;
}

}  // namespace windlass::kube
