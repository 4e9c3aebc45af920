#pragma once
// Secrets and ConfigMaps that a cloud names but does not make: they must be there before anything that uses them.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/reconcile/observe.h"
#include "operator/render/readiness.h"
#include "operator/render/stage.h"

namespace windlass::ops {

struct Reference {
  std::string kind;  // Secret | ConfigMap
  std::string name;
  std::set<std::string> keys;  // that must be in it
  std::string usedBy;          // "Deployment/api-1", or the Secret whose template names it
};

// Pure: looks at every pod template and secret template of the rendering. Optional references do not count.
std::vector<Reference> outsideReferences(const RenderedCloud& rendered);

struct ResolvedReferences {
  std::map<std::string, std::map<std::string, std::string>> secrets;  // name -> decoded data
  std::map<std::string, std::string> configMapHashes;
  // The first reference that does not hold, as Failed with object, field of the spec and remedy.
  std::optional<Readiness> problem;
};

Result<ResolvedReferences> resolveReferences(kube::Client& client, const Json& cloud,
                                             const std::vector<Reference>& references);

// Where a value stands in the spec: "spec.a.b.c", or "spec" when it is not there literally. Pure.
std::string specFieldOf(const Json& cloud, const std::string& value);

}  // namespace windlass::ops
