#include "operator/cli/results_command.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class ResultsCommandTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void build(const std::string& folder, const std::string& result, const std::string& junit) const {
    write(folder + "/started.json", R"({"timestamp": 86400})");
    write(folder + "/finished.json", R"({"timestamp": 86500, "result": ")" + result + "\"}");
    write(folder + "/artifacts/junit_hop.xml", junit);
  }
  ResultsFlags flags(const std::vector<std::string>& folders) const {
    ResultsFlags flags;
    for (const std::string& folder : folders) flags.folders.push_back((root_ / folder).string());
    return flags;
  }
  const fs::path root_ = fs::temp_directory_path() / ("windlass-results-" + std::to_string(::getpid()));
};

TEST_F(ResultsCommandTest, FoldersAreReadAndNamedAfterThemselves) {
  build("berlin/logs/hop/9", "SUCCESS", "<testsuite><testcase name='a'/></testsuite>");
  build("berlin/logs/hop/10", "FAILURE",
        "<testsuite><testcase name='a'><failure message='boom'/></testcase></testsuite>");
  build("geneva/logs/hop/1", "SUCCESS", "<testsuite><testcase name='a'/></testsuite>");
  write("geneva/logs/hop/2/build-log.txt", "not begun");
  write("geneva/logs/hop/latest-build.txt", "2");
  auto merged = mergeResults(flags({"berlin/", "geneva"}));
  ASSERT_TRUE(merged) << merged.error().toString();
  EXPECT_THAT(*merged, testing::AllOf(HasSubstr("berlin      geneva"), HasSubstr("build      10    9     1"),
                                      HasSubstr("a: by turns in berlin; always passes in geneva: boom")));
  ResultsFlags one = flags({"berlin"});
  one.builds = 1;
  one.output = "json";
  merged = mergeResults(one);
  ASSERT_TRUE(merged);
  EXPECT_THAT(*merged, HasSubstr(R"("build": "10")"));
}

TEST_F(ResultsCommandTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(mergeResults(flags({"nowhere"})).error().message, HasSubstr("nowhere/logs: No such file"));
  build("berlin/logs/hop/1", "SUCCESS", "no xml");
  EXPECT_THAT(mergeResults(flags({"berlin"})).error().toString(), HasSubstr("artifacts/junit_hop.xml: is no XML"));
  write("geneva/logs/hop/1/started.json", "{}");
  EXPECT_THAT(mergeResults(flags({"geneva"})).error().toString(), HasSubstr("geneva/logs/hop/1: started.json: "));
  EXPECT_THAT(mergeResults(flags({"berlin", "x/../berlin"})).error().message, HasSubstr("say NAME=FOLDER"));
}

}  // namespace
}  // namespace windlass::ops
