#include "kube/examples/page_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace windlass::example {

std::string PageFolder::pathOf(const kube::ObjectKey& key) const {
  return folder_ + "/" + key.ns + "." + key.name + ".txt";
}

kube::Result<bool> PageFolder::write(const kube::ObjectKey& key, const std::string& text) const {
  const std::string path = pathOf(key);
  if (std::ifstream old(path, std::ios::binary); old) {
    if (std::string(std::istreambuf_iterator<char>(old), {}) == text) return false;
  }
  std::ofstream page(path, std::ios::binary);
  page << text << std::flush;
  if (!page) return kube::fail(kube::ErrorKind::Io, "cannot write " + path);
  return true;
}

kube::Status PageFolder::remove(const kube::ObjectKey& key) const {
  std::error_code error;
  std::filesystem::remove(pathOf(key), error);
  if (error) return kube::fail(kube::ErrorKind::Io, "cannot remove " + pathOf(key) + ": " + error.message());
  return {};
}

}  // namespace windlass::example
