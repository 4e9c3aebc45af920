#pragma once
// Which release and settings a component runs while a cloud is changed from one to the next.
#include <map>
#include <string>

namespace windlass::ops {

struct ComponentRelease {
  std::string release;
  bool stopped = false;       // none of its processes shall run
  std::string settings = {};  // name of its settings (settings.h), "" = those of the cloud
  bool operator==(const ComponentRelease&) const = default;
};

// By "<service>/<component>".
using ComponentReleases = std::map<std::string, ComponentRelease>;

}  // namespace windlass::ops
