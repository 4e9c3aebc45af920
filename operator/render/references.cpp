#include "operator/render/references.h"

#include "operator/model/decode.h"

namespace windlass::ops {

kube::Result<std::string> expand(const std::string& text, const References& references, const std::string& where) {
  std::string out;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find("${", at);
    if (open == std::string::npos) return out + text.substr(at);
    if (open > at && text[open - 1] == '$') {
      out += text.substr(at, open - 1 - at) + "${";
      at = open + 2;
      continue;
    }
    const std::size_t close = text.find('}', open);
    const std::string name =
        close == std::string::npos ? text.substr(open + 2) : text.substr(open + 2, close - open - 2);
    const auto found = references.find(name);
    if (close == std::string::npos || found == references.end()) {
      std::vector<std::string> known;
      for (const auto& [key, value] : references) known.push_back(key);
      return kube::fail(kube::ErrorKind::Invalid, where + ": ${...} refers to " + inQuotes(name) +
                                                      ", which this cloud does not have" + suggestion(name, known));
    }
    out += text.substr(at, open - at) + found->second;
    at = close + 1;
  }
}

}  // namespace windlass::ops
