#pragma once
// A folder that lives as long as its test.
#include <string>

namespace windlass::kube {

class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(const std::string& name = "") const;
  // Returns the path; replaces an older file.
  std::string write(const std::string& name, const std::string& text) const;
  std::string writeScript(const std::string& name, const std::string& body) const;  // of /bin/sh, executable

 private:
  std::string root_;
};

}  // namespace windlass::kube
