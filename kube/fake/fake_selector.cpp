#include "kube/fake/fake_selector.h"

#include <algorithm>
#include <sstream>

#include "kube/object/meta.h"

namespace windlass::kube::fake {

// "metadata.name=x", "metadata.name==x", "spec.nodeName!=y"  (k8s.io/apimachinery/pkg/fields)
Result<Selector::FieldRequirement> Selector::parseField(const std::string& term) {
  const auto equals = term.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(ErrorKind::BadRequest, "invalid selector: '" + term + "'; can't understand it");
  const bool isNot = term[equals - 1] == '!';
  const bool twice = !isNot && equals + 1 < term.size() && term[equals + 1] == '=';
  std::string pointer = "/" + term.substr(0, isNot ? equals - 1 : equals);
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return FieldRequirement{pointer, term.substr(equals + (twice ? 2 : 1)), !isNot};
}

Result<Selector> Selector::parse(const std::string& labels, const std::string& fields) {
  Selector selector;
  auto parsed = LabelSelector::parse(labels);
  if (!parsed)
    return fail(Error{ErrorKind::BadRequest, "unable to parse requirement: " + parsed.error().message, 400,
                      std::nullopt, nullptr});
  selector.labels_ = std::move(*parsed);
  std::istringstream terms(fields);
  for (std::string term; std::getline(terms, term, ',');) {
    WINDLASS_TRY_ASSIGN(FieldRequirement requirement, parseField(term));
    selector.fields_.push_back(std::move(requirement));
  }
  return selector;
}

bool Selector::matches(const Json& object) const {
  return labels_.matches(object) &&
         std::all_of(fields_.begin(), fields_.end(), [&object](const FieldRequirement& field) {
           return (stringAt(object, field.pointer) == field.value) == field.equal;
         });
}

}  // namespace windlass::kube::fake
