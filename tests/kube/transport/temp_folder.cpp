#include "temp_folder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace windlass::kube {

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "windlass-test-XXXXXX").string();
  root_ = ::mkdtemp(pattern.data());
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string TempFolder::path(const std::string& name) const {
  return name.empty() ? root_ : root_ + "/" + name;
}

std::string TempFolder::write(const std::string& name, const std::string& text) const {
  std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
  std::ofstream(path(name), std::ios::binary | std::ios::trunc) << text;
  return path(name);
}

std::string TempFolder::writeScript(const std::string& name, const std::string& body) const {
  write(name, "#!/bin/sh\n" + body + "\n");
  std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
  return path(name);
}

void SecretVolume::put(const std::map<std::string, std::string>& files) {
  namespace fs = std::filesystem;
  const std::string version = "..version-" + std::to_string(++version_);
  for (const auto& [name, text] : files) {
    folder_.write(version + "/" + name, text);
    if (!fs::is_symlink(file(name))) fs::create_symlink("..data/" + name, file(name));
  }
  fs::create_directory_symlink(version, folder_.path("..data_tmp"));
  fs::rename(folder_.path("..data_tmp"), folder_.path("..data"));
}

}  // namespace windlass::kube
