// Label selectors, as text and as JSON: canonical texts, and matching against a plain reading of the requirements.
#include "kube/object/selector.h"

#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

bool naiveMatch(const LabelRequirement& requirement, const Labels& labels) {
  const bool present = labels.contains(requirement.key);
  const std::string value = present ? labels.at(requirement.key) : "";
  bool listed = false;
  for (const std::string& wanted : requirement.values) listed = listed || wanted == value;
  switch (requirement.op) {
    case SelectorOperator::Exists:
      return present;
    case SelectorOperator::DoesNotExist:
      return !present;
    case SelectorOperator::In:
      return present && listed;
    case SelectorOperator::NotIn:
      return !present || !listed;
    case SelectorOperator::GreaterThan:
    case SelectorOperator::LessThan:
      break;
  }
  const bool number = present && !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  if (!number || value.size() > 18 || requirement.values.front().size() > 18) return false;
  const long long left = std::stoll(value);
  const long long right = std::stoll(requirement.values.front());
  return requirement.op == SelectorOperator::GreaterThan ? left > right : left < right;
}

// Label sets near the selector: none, each key with each of its values, each key with another value.
std::vector<Labels> interestingLabels(const LabelSelector& selector) {
  std::vector<Labels> sets{{}, {{"unrelated", "x"}}};
  Labels all;
  for (const LabelRequirement& requirement : selector.requirements()) {
    for (const std::string& value : requirement.values) {
      sets.push_back({{requirement.key, value}});
      all[requirement.key] = value;
    }
    all.emplace(requirement.key, "7");
    sets.push_back({{requirement.key, "another"}});
    sets.push_back({{requirement.key, "7"}});
  }
  sets.push_back(all);
  return sets;
}

void checkMatches(const LabelSelector& selector) {
  for (const Labels& labels : interestingLabels(selector)) {
    bool expected = true;
    for (const LabelRequirement& requirement : selector.requirements())
      expected = expected && naiveMatch(requirement, labels);
    FUZZ_REQUIRE(selector.matches(labels) == expected);
  }
}

void checkRoundTrip(const LabelSelector& selector) {
  const std::string text = selector.toString();
  const auto again = LabelSelector::parse(text);
  FUZZ_REQUIRE(again.has_value());
  FUZZ_REQUIRE(again->toString() == text);
  FUZZ_REQUIRE(again->requirements() == selector.requirements());
}

void selector(std::string_view bytes) {
  if (const auto parsed = LabelSelector::parse(bytes)) {
    checkRoundTrip(*parsed);
    checkMatches(*parsed);
  } else {
    FUZZ_REQUIRE(parsed.error().kind == ErrorKind::Invalid);
  }
  const Json json = Json::parse(bytes, nullptr, false);
  if (json.is_discarded() || json.is_null()) return;
  const auto structured = LabelSelector::fromJson(json);
  if (!structured) return;
  checkRoundTrip(*structured);
  checkMatches(*structured);
}

}  // namespace
}  // namespace windlass::fuzz

FUZZ_TARGET(selector, windlass::fuzz::selector)
