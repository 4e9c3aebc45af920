#pragma once
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace windlass::vm {

struct TemporaryDirectory {
  TemporaryDirectory() {
    std::string pattern = testing::TempDir() + "windlass-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string path;
};

}  // namespace windlass::vm
