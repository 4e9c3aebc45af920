#include "tests/source_tree/source_tree.h"

namespace windlass {

std::string sourcePath(std::string_view relative) {
  std::string path = WINDLASS_SOURCE_DIR;
  if (!relative.empty()) path.append("/").append(relative);
  return path;
}

}  // namespace windlass
