#include "kube/client/list_decoder.h"

#include <string>

#include "kube/client/json_scanner.h"
#include "kube/client/managed_fields.h"

namespace windlass::kube {
namespace {

tl::unexpected<Error> noList() {
  return fail(ErrorKind::Decode, "the server's answer is no list");
}

Status takeItems(JsonScanner& scanner, const std::function<void(Json)>& take) {
  scanner.take('[');
  if (scanner.take(']')) return {};
  std::string scratch;
  do {
    Json item = Json::parse(withoutManagedFields(scanner.value(), scratch), nullptr, false);
    if (!item.is_object()) return fail(ErrorKind::Decode, "an item of the list is no object");
    take(std::move(item));
  } while (scanner.take(','));
  return scanner.take(']') ? Status{} : noList();
}

}  // namespace

Result<Json> decodeList(std::string_view body, const std::function<void(Json)>& take) {
  JsonScanner scanner(body);
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
