// Label selectors, as text and as JSON: canonical texts, and matching against a plain reading of the requirements.
#include "kube/object/selector.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace windlass::fuzz {
namespace {

using namespace kube;  // NOLINT(google-build-using-namespace): a small program

// Numbers as their digits: the arithmetic is not the one under test. Label values have no sign.
std::string withoutLeadingZeros(const std::string& digits) {
  const std::size_t first = digits.find_first_not_of('0');
  return first == std::string::npos && !digits.empty() ? "0" : digits.substr(std::min(first, digits.size()));
}

bool isLess(const std::string& left, const std::string& right) {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

bool fitsInt64(const std::string& digits) {
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos &&
         !isLess("9223372036854775807", digits);
}

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
  const std::string left = present ? withoutLeadingZeros(value) : "";
  const std::string right = withoutLeadingZeros(requirement.values.front());
  if (!fitsInt64(left) || !fitsInt64(right)) return false;
  return requirement.op == SelectorOperator::GreaterThan ? isLess(right, left) : isLess(left, right);
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
