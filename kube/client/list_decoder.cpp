#include "kube/client/list_decoder.h"

#include <algorithm>
#include <string>

namespace windlass::kube {
namespace {

// Finds where values begin and end; whether they are JSON is for the parser to say, who gets each one whole.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  char peek() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  // The value that begins here; empty when there is none or it does not end.
  std::string_view value() {
    peek();
    const std::size_t begin = at_;
    int depth = 0;
    for (; at_ < text_.size(); ++at_) {
      switch (text_[at_]) {
        case '{':
        case '[':
          ++depth;
          continue;
        case ',':
        case ':':
          if (depth > 0) continue;
          return text_.substr(begin, at_ - begin);  // it was a number or a word
        case '}':
        case ']':
          if (depth-- == 0) return text_.substr(begin, at_ - begin);
          break;
        case '"':
          if (!skipString()) return {};
          break;
        default:
          continue;
      }
      if (depth == 0) return text_.substr(begin, ++at_ - begin);
    }
    return {};
  }

 private:
  // From the opening quote to the closing one.
  bool skipString() {
    while (++at_ < text_.size()) {
      if (text_[at_] == '"') return true;
      if (text_[at_] == '\\') ++at_;
    }
    return false;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

tl::unexpected<Error> noList() {
  return fail(ErrorKind::Decode, "the server's answer is no list");
}

Status takeItems(Scanner& scanner, const std::function<void(Json)>& take) {
  scanner.take('[');
  if (scanner.take(']')) return {};
  do {
    Json item = Json::parse(scanner.value(), nullptr, false);
    if (!item.is_object()) return fail(ErrorKind::Decode, "an item of the list is no object");
    take(std::move(item));
  } while (scanner.take(','));
  return scanner.take(']') ? Status{} : noList();
}

}  // namespace

Result<Json> decodeList(std::string_view body, const std::function<void(Json)>& take) {
  Scanner scanner(body);
  std::string rest = "{";
  bool isList = false;
  bool more = scanner.take('{') && scanner.peek() != '}';
  while (more) {
    if (scanner.peek() != '"') return noList();
    const std::string_view key = scanner.value();
    const bool items = key == "\"items\"";
    if (!scanner.take(':') || (items && isList)) return noList();
    isList = isList || items;
    if (items && scanner.peek() == '[') {
      WINDLASS_TRY(takeItems(scanner, take));
    } else {
      const std::string_view value = scanner.value();
      if (items && value != "null") return noList();  // a list without items may say so
      rest.append(rest.size() > 1 ? "," : "").append(key).append(":").append(value);
    }
    more = scanner.take(',');
  }
  if (!isList || !scanner.take('}') || scanner.peek() != '\0') return noList();
  Json envelope = Json::parse(rest + "}", nullptr, false);
  return envelope.is_discarded() ? noList() : Result<Json>(std::move(envelope));
}

}  // namespace windlass::kube
