#include "kube/transport/request_text.h"

#include <algorithm>
#include <iterator>

namespace windlass::kube {
namespace {

constexpr std::size_t kUsualHead = 512;

void appendOneLine(std::string& text, std::string_view piece) {
  const auto isBreak = [](char c) { return c == '\r' || c == '\n'; };
  if (std::none_of(piece.begin(), piece.end(), isBreak))
    text += piece;
  else
    std::remove_copy_if(piece.begin(), piece.end(), std::back_inserter(text), isBreak);
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
