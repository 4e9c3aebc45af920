#include "kube/object/selector.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "kube/object/meta.h"

namespace windlass::kube {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

bool isNameCharacter(char c, bool atEdge) {
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || (!atEdge && (c == '-' || c == '_' || c == '.'));
}

bool isName(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!isNameCharacter(text[i], i == 0 || i + 1 == text.size())) return false;
  return true;
}

bool isLabelKey(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return isName(key);
  return slash > 0 && slash <= 253 && isName(key.substr(slash + 1)) &&
         key.substr(0, slash).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == std::string_view::npos;
}

bool isLabelValue(std::string_view value) {
  return value.empty() || isName(value);
}

std::optional<std::int64_t> integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The grammar of labels.Parse, read one requirement at a time.
class SelectorParser {
 public:
  explicit SelectorParser(std::string_view text) : rest_(text) {}

  Result<std::vector<LabelRequirement>> parse() {
    std::vector<LabelRequirement> all;
    skipSpaces();
    if (rest_.empty()) return all;
    do {
      auto requirement = parseRequirement();
      if (!requirement) return fail(std::move(requirement).error());
      all.push_back(std::move(*requirement));
    } while (takeSymbol(","));
    if (!rest_.empty()) return syntaxError("expected ',' before '" + std::string(rest_.substr(0, 20)) + "'");
    return all;
  }

 private:
  static tl::unexpected<Error> syntaxError(const std::string& why) {
    return fail(ErrorKind::Invalid, "not a label selector: " + why);
  }

  void skipSpaces() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size())); }

  bool takeSymbol(std::string_view symbol) {
    skipSpaces();
    if (!rest_.starts_with(symbol)) return false;
    rest_.remove_prefix(symbol.size());
    return true;
  }

  std::string takeWord() {
    skipSpaces();
    const std::size_t end = std::min(rest_.find_first_of(" \t\r\n,()=!<>"), rest_.size());
    std::string word(rest_.substr(0, end));
    rest_.remove_prefix(end);
    skipSpaces();
    return word;
  }

  Result<std::vector<std::string>> takeValues() {
    std::vector<std::string> values;
    if (!takeSymbol("(")) return syntaxError("expected '(' after in or notin");
    do values.push_back(takeWord());
    while (takeSymbol(","));
    if (!takeSymbol(")")) return syntaxError("expected ')' after the list of values");
    return values;
  }

  Result<LabelRequirement> parseRequirement() {
    if (takeSymbol("!")) return LabelRequirement{takeWord(), SelectorOperator::DoesNotExist, {}};
    LabelRequirement requirement{takeWord(), SelectorOperator::Exists, {}};
    if (rest_.empty() || rest_.front() == ',') return requirement;
    if (takeSymbol("!="))
      requirement.op = SelectorOperator::NotIn;
    else if (takeSymbol("==") || takeSymbol("="))
      requirement.op = SelectorOperator::In;
    else if (takeSymbol(">"))
      requirement.op = SelectorOperator::GreaterThan;
    else if (takeSymbol("<"))
      requirement.op = SelectorOperator::LessThan;
    else
      return parseSet(std::move(requirement));
    requirement.values = {takeWord()};
    return requirement;
  }

  Result<LabelRequirement> parseSet(LabelRequirement requirement) {
    const std::string word = takeWord();
    if (word != "in" && word != "notin") return syntaxError("expected an operator after '" + requirement.key + "'");
    requirement.op = word == "in" ? SelectorOperator::In : SelectorOperator::NotIn;
    auto values = takeValues();
    if (!values) return fail(std::move(values).error());
    requirement.values = std::move(*values);
    return requirement;
  }

  std::string_view rest_;
};

Status checkRequirement(const LabelRequirement& requirement) {
  if (!isLabelKey(requirement.key)) return fail(ErrorKind::Invalid, "'" + requirement.key + "' is not a label key");
  const bool isSet = requirement.op == SelectorOperator::In || requirement.op == SelectorOperator::NotIn;
  const bool isBound = requirement.op == SelectorOperator::GreaterThan || requirement.op == SelectorOperator::LessThan;
  if (isSet ? requirement.values.empty() : isBound ? requirement.values.size() != 1 : !requirement.values.empty())
    return fail(ErrorKind::Invalid, "the selector on label '" + requirement.key + "' has a wrong number of values");
  for (const std::string& value : requirement.values) {
    if (!isLabelValue(value)) return fail(ErrorKind::Invalid, "'" + value + "' is not a label value");
    if (isBound && !integer(value)) return fail(ErrorKind::Invalid, "'" + value + "' is not an integer");
  }
  return {};
}

std::string formatRequirement(const LabelRequirement& requirement) {
  const auto joined = [&requirement] {
    std::string text;
    // A value may be empty, so the text does not tell whether it is the first.
    for (std::size_t i = 0; i < requirement.values.size(); ++i) text += (i == 0 ? "" : ",") + requirement.values[i];
    return text;
  };
  const bool single = requirement.values.size() == 1;
  switch (requirement.op) {
    case SelectorOperator::Exists:
      return requirement.key;
    case SelectorOperator::DoesNotExist:
      return "!" + requirement.key;
    case SelectorOperator::GreaterThan:
      return requirement.key + ">" + joined();
    case SelectorOperator::LessThan:
      return requirement.key + "<" + joined();
    case SelectorOperator::In:
      return requirement.key + (single ? "=" + joined() : " in (" + joined() + ")");
    case SelectorOperator::NotIn:
      return requirement.key + (single ? "!=" + joined() : " notin (" + joined() + ")");
  }
  return "";
}

std::optional<SelectorOperator> operatorFromJson(const std::string& name) {
  if (name == "In") return SelectorOperator::In;
  if (name == "NotIn") return SelectorOperator::NotIn;
  if (name == "Exists") return SelectorOperator::Exists;
  if (name == "DoesNotExist") return SelectorOperator::DoesNotExist;
  return std::nullopt;
}

Result<LabelRequirement> expressionFromJson(const Json& json) {
  const auto op = operatorFromJson(stringAt(json, "/operator"));
  if (!op) return fail(ErrorKind::Invalid, "matchExpressions: operator must be In, NotIn, Exists or DoesNotExist");
  LabelRequirement requirement{stringAt(json, "/key"), *op, {}};
  if (const Json* values = find(json, "/values"); values && values->is_array())
    for (const Json& value : *values)
      if (value.is_string()) requirement.values.push_back(value.get<std::string>());
  return requirement;
}

}  // namespace

Labels labelsOf(const Json& object) {
  Labels labels;
  const Json* map = find(object, "/metadata/labels");
  if (!map || !map->is_object()) return labels;
  for (const auto& [key, value] : map->items())
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  return labels;
}

bool LabelRequirement::matches(const Labels& labels) const {
  const auto found = labels.find(key);
  const bool present = found != labels.end();
  const auto listed = [&] { return std::binary_search(values.begin(), values.end(), found->second); };
  switch (op) {
    case SelectorOperator::Exists:
      return present;
    case SelectorOperator::DoesNotExist:
      return !present;
    case SelectorOperator::In:
      return present && listed();
    case SelectorOperator::NotIn:
      return !present || !listed();
    case SelectorOperator::GreaterThan:
    case SelectorOperator::LessThan:
      break;
  }
  const auto value = present ? integer(found->second) : std::nullopt;
  const auto bound = integer(values.front());
  if (!value || !bound) return false;
  return op == SelectorOperator::GreaterThan ? *value > *bound : *value < *bound;
}

LabelSelector LabelSelector::nothing() {
  LabelSelector selector;
  selector.nothing_ = true;
  return selector;
}

LabelSelector LabelSelector::fromLabels(const Labels& labels) {
  LabelSelector selector;
  for (const auto& [key, value] : labels) selector.requirements_.push_back({key, SelectorOperator::In, {value}});
  return selector;
}

Result<LabelSelector> LabelSelector::checked(std::vector<LabelRequirement> requirements) {
  for (LabelRequirement& requirement : requirements) {
    auto& values = requirement.values;
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    WINDLASS_TRY(checkRequirement(requirement));
  }
  LabelSelector selector;
  selector.requirements_ = std::move(requirements);
  std::stable_sort(selector.requirements_.begin(), selector.requirements_.end(),
                   [](const LabelRequirement& a, const LabelRequirement& b) { return a.key < b.key; });
  return selector;
}

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  WINDLASS_TRY_ASSIGN(auto requirements, SelectorParser(text).parse());
  return checked(std::move(requirements));
}

Result<LabelSelector> LabelSelector::fromJson(const Json& selector) {
  if (selector.is_null()) return nothing();
  if (!selector.is_object()) return fail(ErrorKind::Invalid, "a label selector must be an object");
  std::vector<LabelRequirement> requirements;
  if (const Json* labels = find(selector, "/matchLabels"); labels && labels->is_object())
    for (const auto& [key, value] : labels->items()) {
      if (!value.is_string()) return fail(ErrorKind::Invalid, "matchLabels." + key + " must be a string");
      requirements.push_back({key, SelectorOperator::In, {value.get<std::string>()}});
    }
  if (const Json* expressions = find(selector, "/matchExpressions"); expressions && expressions->is_array())
    for (const Json& item : *expressions) {
      WINDLASS_TRY_ASSIGN(auto requirement, expressionFromJson(item));
      requirements.push_back(std::move(requirement));
    }
  return checked(std::move(requirements));
}

bool LabelSelector::matches(const Labels& labels) const {
  return !nothing_ && std::all_of(requirements_.begin(), requirements_.end(),
                                  [&labels](const LabelRequirement& r) { return r.matches(labels); });
}

bool LabelSelector::matches(const Json& object) const {
  return matches(labelsOf(object));
}

std::string LabelSelector::toString() const {
  std::string text;
  for (const LabelRequirement& requirement : requirements_)
    text += (text.empty() ? "" : ",") + formatRequirement(requirement);
  return text;
}

}  // namespace windlass::kube
