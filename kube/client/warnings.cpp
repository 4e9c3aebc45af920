#include "kube/client/warnings.h"

#include <mutex>
#include <optional>
#include <set>

#include <spdlog/spdlog.h>

namespace windlass::kube {
namespace {

constexpr std::size_t kMaxRemembered = 1000;

void skipBlanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view takeToken(std::string_view& text) {
  skipBlanks(text);
  const std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
  const std::string_view token = text.substr(0, end);
  text.remove_prefix(end);
  return token;
}

std::optional<std::string> takeQuoted(std::string_view& text) {
  skipBlanks(text);
  if (!text.starts_with('"')) return std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

bool isNewWarning(const std::string& text) {
  static std::mutex mutex;
  static std::set<std::string> seen;
  const std::lock_guard lock(mutex);
  return seen.size() < kMaxRemembered && seen.insert(text).second;
}

}  // namespace

std::vector<std::string> parseWarnings(std::string_view header) {
  std::vector<std::string> texts;
  while (!header.empty()) {
    const std::string_view code = takeToken(header);
    const std::string_view agent = takeToken(header);
    auto text = takeQuoted(header);
    if (code.size() != 3 || agent.empty() || !text) return texts;
    if (code == "299") texts.push_back(std::move(*text));
    skipBlanks(header);
    if (header.starts_with('"')) static_cast<void>(takeQuoted(header));  // an optional date
    skipBlanks(header);
    if (!header.starts_with(',')) return texts;
    header.remove_prefix(1);
  }
  return texts;
}

void logWarnings(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (name != "warning") continue;
    for (const std::string& text : parseWarnings(value))
      if (isNewWarning(text)) spdlog::warn("the API server warns: {}", text);
  }
}

}  // namespace windlass::kube
