#pragma once
// Label selectors: "a=b,c in (d,e),!f" and metav1.LabelSelector. Immutable values; pure.
// Source: k8s.io/apimachinery pkg/labels/selector.go and pkg/apis/meta/v1/helpers.go.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"

namespace windlass::kube {

using Labels = std::map<std::string, std::string>;
Labels labelsOf(const Json& object);  // metadata.labels

enum class SelectorOperator { In, NotIn, Exists, DoesNotExist, GreaterThan, LessThan };

struct LabelRequirement {
  std::string key;
  SelectorOperator op = SelectorOperator::Exists;
  std::vector<std::string> values;  // sorted; `a=b` is In with one value

  bool matches(const Labels& labels) const;
  bool operator==(const LabelRequirement&) const = default;
};

class LabelSelector {
 public:
  // Matches everything.
  LabelSelector() = default;
  static LabelSelector nothing();
  static LabelSelector fromLabels(const Labels& labels);
  // Invalid when the text does not follow the grammar, or a key or value is no label key or value.
  static Result<LabelSelector> parse(std::string_view text);
  // {matchLabels, matchExpressions}; null matches nothing, {} matches everything.
  static Result<LabelSelector> fromJson(const Json& selector);

  bool matches(const Labels& labels) const;
  bool matches(const Json& object) const;
  // Canonical form that parse() reads back; "" for everything.
  std::string toString() const;
  const std::vector<LabelRequirement>& requirements() const { return requirements_; }

 private:
  static Result<LabelSelector> checked(std::vector<LabelRequirement> requirements);

  std::vector<LabelRequirement> requirements_;  // sorted by key
  bool nothing_ = false;
};

}  // namespace windlass::kube
