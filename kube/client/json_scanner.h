#pragma once
// Reads JSON without making values of it. Internal to the room; pure.
#include <algorithm>
#include <string_view>

namespace windlass::kube {

// Finds where values begin and end; whether they are JSON is for the parser to say, who gets each one whole.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  char peek() {
    at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  // Where peek() or the value before has ended.
  std::size_t at() const { return at_; }
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

}  // namespace windlass::kube
