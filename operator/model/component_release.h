#pragma once
// Which release a component runs while a cloud is raised from one to the next.
#include <map>
#include <string>

namespace windlass::ops {

struct ComponentRelease {
  std::string release;
  bool stopped = false;  // none of its processes shall run
  bool operator==(const ComponentRelease&) const = default;
};

// By "<service>/<component>".
using ComponentReleases = std::map<std::string, ComponentRelease>;

}  // namespace windlass::ops
