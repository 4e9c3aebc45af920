#pragma once
// Label and field selectors of list and watch requests. The API server knows a few fields a kind
// (metadata.name, metadata.namespace, spec.nodeName, status.phase); here every path is looked up as it stands.
#include <string>
#include <vector>

#include "kube/object/json.h"
#include "kube/object/result.h"
#include "kube/object/selector.h"

namespace windlass::kube::fake {

class Selector {
 public:
  // BadRequest when either text does not parse.
  static Result<Selector> parse(const std::string& labels, const std::string& fields);
  bool matches(const Json& object) const;

 private:
  struct FieldRequirement {
    std::string pointer;  // JSON pointer
    std::string value;
    bool equal = true;
  };
  static Result<FieldRequirement> parseField(const std::string& term);

  LabelSelector labels_;
  std::vector<FieldRequirement> fields_;
};

}  // namespace windlass::kube::fake
