#include "operator/cli/results_command.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include "operator/cli/read_inputs.h"
#include "operator/results/grid.h"

namespace windlass::ops {
namespace {

using kube::ErrorKind;
namespace fs = std::filesystem;

constexpr std::size_t kMaxEntries = 100000;

// Names of the folders in a folder.
kube::Result<std::vector<std::string>> foldersIn(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error)) names.push_back(entry->path().filename().string());
    if (names.size() > kMaxEntries)
      return kube::fail(ErrorKind::TooLarge, fmt::format("{}: has more than {} folders", folder.string(), kMaxEntries));
  }
  if (error) return kube::fail(ErrorKind::Missing, folder.string() + ": " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

// Longer numbers are larger.
void keepNewest(std::vector<std::string>& numbers, std::size_t count) {
  std::sort(numbers.begin(), numbers.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a > b;
  });
  numbers.resize(std::min(numbers.size(), count));
}

kube::Status takeCases(Build& build, const fs::path& folder) {
  std::error_code error;
  std::set<fs::path> files;
  for (fs::directory_iterator entry(folder / "artifacts", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("junit") && name.ends_with(".xml")) files.insert(entry->path());
  }
  for (const fs::path& file : files) {
    WINDLASS_TRY_ASSIGN(const std::string xml, readTextFile(file.string()));
    auto cases = parseJunit(xml);
    if (!cases) return kube::wrap(file.string(), std::move(cases).error());
    build.cases.insert(build.cases.end(), cases->begin(), cases->end());
  }
  return {};
}

// False: it has not begun.
kube::Result<bool> readBuild(Build& build, const fs::path& folder) {
  if (!fs::exists(folder / "started.json")) return false;
  WINDLASS_TRY_ASSIGN(const std::string started, readTextFile((folder / "started.json").string()));
  if (auto taken = takeStarted(build, started); !taken) return kube::wrap(folder.string(), std::move(taken).error());
  if (fs::exists(folder / "finished.json")) {
    WINDLASS_TRY_ASSIGN(const std::string finished, readTextFile((folder / "finished.json").string()));
    if (auto taken = takeFinished(build, finished); !taken)
      return kube::wrap(folder.string(), std::move(taken).error());
  }
  WINDLASS_TRY(takeCases(build, folder));
  return true;
}

// name -> folder of "folder" and "name=folder"; a folder is named after itself.
kube::Result<std::map<std::string, std::string>> installationsOf(const std::vector<std::string>& given) {
  std::map<std::string, std::string> installations;
  for (const std::string& one : given) {
    const std::size_t equals = one.find('=');
    const std::string folder = equals == std::string::npos ? one : one.substr(equals + 1);
    const fs::path path = fs::path(folder).lexically_normal();
    const std::string last = (path.has_filename() ? path : path.parent_path()).filename().string();
    const std::string name = equals == std::string::npos ? last : one.substr(0, equals);
    if (!installations.emplace(name, folder).second)
      return kube::fail(ErrorKind::Invalid, fmt::format("two installations are called {}; say NAME=FOLDER", name));
  }
  return installations;
}

}  // namespace

kube::Result<std::vector<Build>> readHistory(const std::string& installation, const std::string& folder,
                                             std::size_t builds) {
  const fs::path logs = fs::path(folder) / "logs";
  std::vector<Build> history;
  WINDLASS_TRY_ASSIGN(const std::vector<std::string> jobs, foldersIn(logs));
  for (const std::string& job : jobs) {
    WINDLASS_TRY_ASSIGN(std::vector<std::string> numbers, foldersIn(logs / job));
    keepNewest(numbers, builds);
    for (const std::string& number : numbers) {
      Build build;
      build.installation = installation;
      build.job = job;
      build.number = number;
      WINDLASS_TRY_ASSIGN(const bool hasBegun, readBuild(build, logs / job / number));
      if (hasBegun) history.push_back(std::move(build));
    }
  }
  return history;
}

kube::Result<std::string> mergeResults(const ResultsFlags& flags) {
  WINDLASS_TRY_ASSIGN(const auto installations, installationsOf(flags.folders));
  std::vector<Build> all;
  for (const auto& [name, folder] : installations) {
    WINDLASS_TRY_ASSIGN(auto history, readHistory(name, folder, flags.builds));
    std::move(history.begin(), history.end(), std::back_inserter(all));
  }
  const std::vector<Grid> grids = merge(std::move(all), flags.builds);
  return flags.output == "json" ? gridJson(grids).dump(2) + "\n" : gridText(grids);
}

}  // namespace windlass::ops
