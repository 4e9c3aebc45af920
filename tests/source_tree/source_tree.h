#pragma once
// Where the tests' inputs are: this source tree. A function, because a macro with the path in every test's command line
// would make the compiler's cache useless in the next clone.
#include <string>
#include <string_view>

namespace windlass {

// `relative`: "crds/x.yaml"; "" is the tree itself. Absolute, without a slash at its end.
std::string sourcePath(std::string_view relative = {});

}  // namespace windlass
