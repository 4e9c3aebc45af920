#include "operator/results/grid.h"

#include <gmock/gmock.h>

namespace windlass::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kDay = 86400;

Build build(const std::string& installation, const std::string& number, int day, std::vector<TestCase> cases,
            const std::string& result = "SUCCESS") {
  return {installation, "hop", number, day * kDay, result.empty() ? 0 : day * kDay + 60, result, "v", std::move(cases)};
}

TestCase passed(const std::string& name) {
  return {name, Outcome::Passed, 1, ""};
}
TestCase failed(const std::string& name, const std::string& why) {
  return {name, Outcome::Failed, 1, why};
}

std::vector<Build> history() {
  return {build("geneva", "9", 1, {passed("a"), passed("b")}),
          build("geneva", "10", 2, {passed("a"), failed("b", "timed out")}, "FAILURE"),
          build("berlin", "3", 2, {passed("a"), failed("b", "no image")}, "FAILURE"), build("berlin", "4", 3, {}, "")};
}

TEST(Grid, ShowsInstallationsBesideOneAnotherNewestFirstAndWhatFailsOnTop) {
  EXPECT_EQ(gridText(merge(history(), 10)),
            "job hop\n"
            "             berlin      geneva\n"
            "  build      4     3     10    9\n"
            "  day (UTC)  01-04 01-03 01-03 01-02\n"
            "  result     …     ✗     ✗     ✓\n"
            "  b          ·     ✗     ✗     ✓\n"
            "  a          ·     ✓     ✓     ✓\n"
            "  b: always fails in berlin; by turns in geneva: no image\n");
}

TEST(Grid, KeepsTheNewestBuildsOfEachInstallation) {
  const auto grids = merge(history(), 1);
  ASSERT_EQ(grids.size(), 1U);
  std::vector<std::string> numbers;
  for (const Build& column : grids[0].columns) numbers.push_back(column.number);
  EXPECT_THAT(numbers, ElementsAre("4", "10"));
}

TEST(Grid, ATestThatWasRepeatedFailedWhenItFailedOnce) {
  const auto grids = merge({build("x", "1", 1, {failed("a", "first"), passed("a")})}, 10);
  EXPECT_EQ(grids[0].rows[0].cells[0], Outcome::Failed);
}

TEST(Grid, JobsStandApart) {
  auto builds = history();
  builds[3].job = "another";
  const auto grids = merge(builds, 10);
  ASSERT_EQ(grids.size(), 2U);
  EXPECT_EQ(grids[0].job, "another");
  EXPECT_EQ(grids[0].columns.size(), 1U);
}

TEST(Grid, AsJsonNamesOutcomes) {
  const auto json = gridJson(merge(history(), 10));
  EXPECT_EQ(json["jobs"][0]["tests"][0]["name"], "b");
  EXPECT_EQ(json["jobs"][0]["tests"][0]["outcomes"], kube::Json({nullptr, "failed", "failed", "passed"}));
  EXPECT_EQ(json["jobs"][0]["builds"][1]["installation"], "berlin");
}

TEST(Grid, OfNothingIsNothing) {
  EXPECT_EQ(gridText(merge({}, 10)), "");
}

}  // namespace
}  // namespace windlass::ops
