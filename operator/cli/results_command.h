#pragma once
// `windlass results merge`: test histories of several installations as one grid.
#include <string>
#include <vector>

#include "kube/object/result.h"
#include "operator/results/build.h"

namespace windlass::ops {

struct ResultsFlags {
  std::vector<std::string> folders;  // "folder" or "name=folder"; a folder has logs/<job>/<build>/
  std::size_t builds = 10;           // the newest of each job of an installation
  std::string output = "table";      // or json
};

// The builds below folder/logs; `builds` newest ones of each job. A build without started.json has not begun and is
// left out. Errors begin with the file's path.
kube::Result<std::vector<Build>> readHistory(const std::string& installation, const std::string& folder,
                                             std::size_t builds);
// What goes to stdout.
kube::Result<std::string> mergeResults(const ResultsFlags& flags);

}  // namespace windlass::ops
