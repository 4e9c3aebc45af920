#include "operator/results/build.h"

#include <gmock/gmock.h>

namespace windlass::ops {
namespace {

using testing::HasSubstr;

TEST(Build, TakesItsTimesVersionAndResult) {
  Build build;
  ASSERT_TRUE(takeStarted(build, R"({"timestamp": 1732831200, "repo-version": "abc", "repos": {}})"));
  ASSERT_TRUE(takeFinished(build, R"({"timestamp": 1732831300.5, "result": "ABORTED"})"));
  EXPECT_EQ(build.started, 1732831200);
  EXPECT_EQ(build.finished, 1732831300);
  EXPECT_EQ(build.version, "abc");
  EXPECT_EQ(build.result, "ABORTED");
}

TEST(Build, OlderFilesSayPassed) {
  Build build;
  ASSERT_TRUE(takeFinished(build, R"({"timestamp": 1, "passed": true})"));
  EXPECT_EQ(build.result, "SUCCESS");
  ASSERT_TRUE(takeFinished(build, R"({"timestamp": 1, "passed": false})"));
  EXPECT_EQ(build.result, "FAILURE");
}

TEST(Build, FilesOfAnotherShapeAreRefusedByName) {
  for (const char* bad :
       {"", "[]", "{", "{}", R"({"timestamp": "x"})", R"({"timestamp": -1})", R"({"timestamp": 1e300})"}) {
    Build build;
    const auto started = takeStarted(build, bad);
    ASSERT_FALSE(started) << bad;
    EXPECT_THAT(started.error().message, HasSubstr("started.json: ")) << bad;
    EXPECT_THAT(takeFinished(build, bad).error().message, HasSubstr("finished.json: ")) << bad;
  }
  Build build;
  EXPECT_THAT(takeFinished(build, R"({"timestamp": 1})").error().message, HasSubstr("neither result nor passed"));
}

}  // namespace
}  // namespace windlass::ops
