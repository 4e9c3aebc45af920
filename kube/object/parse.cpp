#include "kube/object/parse.h"

namespace windlass::kube {
namespace {

// Nearly all texts have too few brackets to be deep: this pass has no branches and costs a few percent of parsing.
bool hasManyBrackets(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += static_cast<std::size_t>(c == '[') + static_cast<std::size_t>(c == '{');
  return count > static_cast<std::size_t>(kMaxJsonDepth);
}

// Brackets outside of strings; whether they match is the parser's business.
bool isTooDeep(std::string_view text) {
  int depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (inString) {
      if (c == '\\') ++i;
      inString = c != '"';
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parseJson(std::string_view text) {
  if (hasManyBrackets(text) && isTooDeep(text))
    return fail(ErrorKind::Decode, "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail(ErrorKind::Decode, std::to_string(text.size()) + " bytes that are not JSON");
  return value;
}

}  // namespace windlass::kube
