// Replays every kept input of every fuzz target: what was found once is never forgotten, under every sanitizer.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/fuzz/fuzz.h"
#include "tests/source_tree/source_tree.h"

namespace windlass::fuzz {
namespace {

std::vector<Target>& registered() {
  static std::vector<Target> all;
  return all;
}

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::filesystem::path> corpusOf(const std::string& target) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(sourcePath("tests/fuzz/corpus")) / target;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, HoldsNoInputThatBreaksAProperty) {
  const auto files = corpusOf(GetParam().name);
  ASSERT_FALSE(files.empty()) << "a target needs seeds";
  for (const auto& file : files) {
    SCOPED_TRACE(file.string());
    EXPECT_NO_THROW(GetParam().function(contentOf(file)));
  }
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(targets()),
                         [](const auto& target) { return target.param.name; });

}  // namespace

void propertyBroken(const char* property, const char* file, int line) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": the property does not hold: " + property);
}

bool registerTarget(const char* name, TargetFunction function) {
  registered().push_back({name, function});
  return true;
}

const std::vector<Target>& targets() {
  return registered();
}

}  // namespace windlass::fuzz
