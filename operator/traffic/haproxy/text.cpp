#include "operator/traffic/haproxy/text.h"

#include <charconv>

namespace windlass::ops::haproxy {
namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator, start)) {
    out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  out.push_back(text.substr(start));
  return out;
}

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> out = split(text, '\n');
  if (out.back().empty()) out.pop_back();
  return out;
}

std::optional<std::uint64_t> unsignedNumber(std::string_view text) {
  return whole<std::uint64_t>(text);
}

std::optional<std::int64_t> signedNumber(std::string_view text) {
  return whole<std::int64_t>(text);
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, 60));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

}  // namespace windlass::ops::haproxy
