#include "operator/reconcile/credential_values.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "kube/object/base64.h"

namespace windlass::ops {
namespace {

constexpr int kFernetBytes = 32;
constexpr int kMostLength = 1024;

Result<std::string> password(std::size_t length, const RandomBytes& random) {
  static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes above the largest multiple of the alphabet are thrown away: every letter stays equally likely.
  constexpr unsigned limit = 256 - 256 % letters.size();
  std::string text;
  while (text.size() < length) {
    WINDLASS_TRY_ASSIGN(const std::string bytes, random(length));
    for (const char byte : bytes) {
      const auto value = static_cast<unsigned char>(byte);
      if (value < limit && text.size() < length) text += letters[value % letters.size()];
    }
  }
  return text;
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string urlSafe(std::string base64) {
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  return base64;
}

// RFC 3986: all but the unreserved characters.
std::string percentEncoded(const std::string& value) {
  std::string out;
  for (const char character : value) {
    const auto byte = static_cast<unsigned char>(character);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       std::string_view("-._~").find(character) != std::string_view::npos;
    if (plain) {
      out += character;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

bool isPlaceholder(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._/").find(c) != std::string_view::npos;
  });
}

}  // namespace

Result<std::string> cryptoRandom(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    return kube::fail(kube::ErrorKind::Io, "the system gives no random bytes: no credential can be made");
  return bytes;
}

bool isRandom(const SecretKey& key) {
  return key.generator == "password" || key.generator == "hex" || key.generator == "fernet-key";
}

Result<std::string> generate(const SecretKey& key, const RandomBytes& random) {
  const auto length = static_cast<std::size_t>(std::clamp(key.length, 1, kMostLength));
  if (key.generator == "password") return password(length, random);
  if (key.generator == "hex") return random(length).map(hex);
  if (key.generator == "fernet-key")
    return random(kFernetBytes).map([](const std::string& bytes) { return urlSafe(kube::base64Encode(bytes)); });
  return kube::fail(kube::ErrorKind::Internal,
                    fmt::format("secret key {} has the unknown generator {}", key.key, key.generator));
}

Result<std::string> fillTemplate(const std::string& text, const SecretLookup& lookup) {
  const bool url = text.find("://") != std::string::npos;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    const std::string name = end == std::string::npos ? "" : text.substr(at + 1, end - at - 1);
    if (!isPlaceholder(name)) {
      out += text[at++];
      continue;
    }
    const std::size_t slash = name.find('/');
    const std::string secret = slash == std::string::npos ? "" : name.substr(0, slash);
    const auto value = lookup(secret, slash == std::string::npos ? name : name.substr(slash + 1));
    if (!value) return kube::fail(kube::ErrorKind::Invalid, fmt::format("{{{}}} has no value", name));
    out += url ? percentEncoded(*value) : *value;
    at = end + 1;
  }
  return out;
}

}  // namespace windlass::ops
