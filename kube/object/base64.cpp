#include "kube/object/base64.h"

#include <cstdint>

namespace windlass::kube {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t byteAt(std::string_view bytes, std::size_t index) {
  return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0U;
}

}  // namespace

std::string base64Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t group = byteAt(bytes, i) << 16U | byteAt(bytes, i + 1) << 8U | byteAt(bytes, i + 2);
    text += kAlphabet[group >> 18U & 63U];
    text += kAlphabet[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? kAlphabet[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? kAlphabet[group & 63U] : '=';
  }
  return text;
}

Result<std::string> base64Decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  int sextets = 0;
  int padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    const std::size_t value = c == '=' ? 0 : kAlphabet.find(c);
    if (value == std::string_view::npos || (padding > 0 && c != '='))
      return fail(ErrorKind::Decode, "not base64: a character outside of its alphabet");
    padding += c == '=' ? 1 : 0;
    group = group << 6U | static_cast<std::uint32_t>(value);
    if (++sextets < 4) continue;
    if (padding > 2) return fail(ErrorKind::Decode, "not base64: too much padding");
    bytes += static_cast<char>(group >> 16U & 255U);
    if (padding < 2) bytes += static_cast<char>(group >> 8U & 255U);
    if (padding < 1) bytes += static_cast<char>(group & 255U);
    group = 0;
    sextets = 0;
  }
  if (sextets != 0) return fail(ErrorKind::Decode, "not base64: the length is no multiple of four");
  return bytes;
}

}  // namespace windlass::kube
