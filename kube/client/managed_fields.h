#pragma once
// Leaves out metadata.managedFields before an object is parsed: they are often its larger half, and no informer keeps
// them. Internal to the room; pure.
#include <string>
#include <string_view>

namespace windlass::kube {

// What is no object, or no event with an object, comes back as it is, for the parser to judge. The result refers to
// `text` or to `scratch`.
std::string_view withoutManagedFields(std::string_view object, std::string& scratch);
std::string_view eventWithoutManagedFields(std::string_view event, std::string& scratch);

}  // namespace windlass::kube
