#pragma once
// Folders that live as long as their test.
#include <map>
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

// A folder as a Secret or projected volume makes it: each file is a link into ..data, which is swapped as a whole.
class SecretVolume {
 public:
  void put(const std::map<std::string, std::string>& files);
  std::string file(const std::string& name) const { return folder_.path(name); }

 private:
  TempFolder folder_;
  int version_ = 0;
};

}  // namespace windlass::kube
