#include "kube/client/managed_fields.h"

#include <optional>
#include <vector>

#include "kube/client/json_scanner.h"

namespace windlass::kube {
namespace {

struct Range {
  std::size_t begin, end;
};
using Path = std::vector<std::string_view>;  // names with their quotes

// The members of one object, one after the other.
class Members {
 public:
  explicit Members(JsonScanner& scanner) : scanner_(scanner) {}
  // Up to the value of the member with this name; false when there is none.
  bool find(std::string_view name) {
    if (!scanner_.take('{')) return false;
    while (scanner_.peek() == '"') {
      begin_ = scanner_.at();
      const bool found = scanner_.value() == name;
      if (!scanner_.take(':')) return false;
      if (found) return true;
      if (scanner_.value().empty() || scanner_.peek() != ',') return false;
      comma_ = scanner_.at();
      scanner_.take(',');
    }
    return false;
  }
  // The member that was found, with the comma on one side of it.
  std::optional<Range> whole() {
    if (scanner_.value().empty()) return std::nullopt;
    const std::size_t end = scanner_.at();
    if (scanner_.take(',')) return Range{begin_, scanner_.at()};
    return Range{comma_.value_or(begin_), end};
  }

 private:
  JsonScanner& scanner_;
  std::size_t begin_ = 0;
  std::optional<std::size_t> comma_;  // before the member
};

std::string_view without(const Path& parents, std::string_view text, std::string& scratch) {
  JsonScanner scanner(text);
  for (const std::string_view parent : parents)
    if (!Members(scanner).find(parent)) return text;
  Members metadata(scanner);
  if (!metadata.find("\"managedFields\"")) return text;
  const auto cut = metadata.whole();
  if (!cut) return text;
  scratch.assign(text.substr(0, cut->begin)).append(text.substr(cut->end));
  return scratch;
}

}  // namespace

std::string_view withoutManagedFields(std::string_view object, std::string& scratch) {
  static const Path parents{"\"metadata\""};
  return without(parents, object, scratch);
}

std::string_view eventWithoutManagedFields(std::string_view event, std::string& scratch) {
  static const Path parents{"\"object\"", "\"metadata\""};
  return without(parents, event, scratch);
}

}  // namespace windlass::kube
