#pragma once
// Field ownership for server-side apply, as sigs.k8s.io/structured-merge-diff does it, with the merge keys of the
// built-in kinds known by field name instead of by schema. A field set is a trie in the FieldsV1 encoding of
// metav1.ManagedFieldsEntry: "f:<field>", "k:{key fields}" for items of associative lists, "v:<value>" for items of
// sets, "." for an item itself, {} for a leaf. Pure.
#include <string>
#include <vector>

#include "kube/object/json.h"

namespace windlass::kube::fake {

// Key fields of the items of the associative list `field`; empty when such a list is atomic. A list counts as
// associative only when every item is an object with the first key field.
std::vector<std::string> listKeys(const std::string& field, const Json& list);
// {"name":"x"}: the identity of an item of an associative list.
Json itemKey(const Json& item, const std::vector<std::string>& keys);

Json fieldsOf(const Json& object);                          // all leaves of an applied configuration
Json changedFields(const Json& before, const Json& after);  // leaves of `after` that `before` lacks or has otherwise
Json mergeApplied(const Json& live, const Json& applied);   // deep merge; lists by key, set or atomic
Json removeFields(const Json& live, const Json& owned, const Json& ownedByOthers);

Json unite(const Json& a, const Json& b);
Json subtract(const Json& a, const Json& b);
Json intersect(const Json& a, const Json& b);
std::vector<std::string> pathsOf(const Json& fields);  // ".spec.replicas", for conflict messages

}  // namespace windlass::kube::fake
