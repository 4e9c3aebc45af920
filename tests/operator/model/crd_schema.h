#pragma once
// What tests ask of a CRD's schema.
#include <set>
#include <string>

#include "operator/model/decode.h"

namespace windlass::ops::test {

// The openAPIV3Schema of crds/<plural>.yaml.
Json crdSchema(const std::string& plural);
// Every field below `path`, with ".*" for map keys and "[]" for items.
void collect(const Json& schema, const std::string& path, std::set<std::string>& out);
// A value that satisfies the schema of a field, with every property set.
Json exampleOf(const Json& schema);
void expectDescriptions(const Json& root);
// Every map and list of the spec has a limit.
void expectBounds(const Json& root);

}  // namespace windlass::ops::test
