#include "operator/cli/run_tree.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace windlass::ops {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Json step(const std::string& id, const std::string& phase, int seconds) {
  return {{"id", id}, {"phase", phase}, {"seconds", seconds}};
}

Json begun(const std::string& id, const std::string& status, int from, int to = 0) {
  return {{"id", id}, {"status", status}, {"begun", from}, {"ended", to}};
}

Json plan() {
  return {{"metadata", {{"name", "p"}}},
          {"spec",
           {{"cloud", "demo"},
            {"from", "1"},
            {"to", "2"},
            {"pointOfNoReturn", "a/drop"},
            {"steps",
             {step("a/check", "Preflight", 5), step("b/check", "Preflight", 5), step("a/expand", "Expand", 60),
              step("b/expand", "Expand", 30), step("a/drop", "Contract", 20)}}}}};
}

Json run(const Json& steps, const std::string& mode = "Running") {
  return {{"metadata", {{"name", "up"}}}, {"status", {{"mode", mode}, {"steps", steps}}}};
}

Json inExpand() {
  return run(
      {begun("a/check", "Done", 100, 107), begun("b/check", "Done", 107, 110), begun("a/expand", "Intended", 110)});
}

TEST(RunTree, PhasesThatAreOverAndToComeAreALineAndTheOneInWorkHasItsSteps) {
  EXPECT_EQ(runTree(plan(), inExpand(), {.now = 130}),
            "up: demo 1 -> 2, Running, 2 of 5 steps, about 1 min 30 s left\n"
            "  ✓ Preflight  2 steps, 10 s\n"
            "  ▸ Expand  0 of 2 steps, 20 s, about 1 min 10 s left\n"
            "    ▸ a/expand                                     20 s of about 1 min 00 s\n"
            "    · b/expand                                     about 30 s\n"
            "  · Contract  1 step, about 20 s\n");
}

TEST(RunTree, AStepThatTakesLongerThanItsEstimateHasNoTimeLeft) {
  EXPECT_THAT(runTree(plan(), inExpand(), {.now = 500}), HasSubstr("6 min 30 s, about 30 s left"));
}

TEST(RunTree, AFailureIsMarkedWithWhatWasSeen) {
  Json failed = inExpand();
  failed["status"]["steps"][2] = begun("a/expand", "Failed", 110, 150);
  failed["status"]["steps"][2]["evidence"] = "exit code 3";
  failed["status"]["why"] = "a/expand: exit code 3";
  EXPECT_THAT(runTree(plan(), failed, {.now = 999}),
              testing::AllOf(HasSubstr("✗ a/expand                                     40 s\n        exit code 3\n"),
                             HasSubstr("why          a/expand: exit code 3")));
}

TEST(RunTree, ThePointOfNoReturnStandsBeforeItsStep) {
  const Json late =
      run({begun("a/check", "Done", 1, 2), begun("b/check", "Done", 2, 3), begun("a/expand", "Done", 3, 4),
           begun("b/expand", "Done", 4, 5), begun("a/drop", "Intended", 5)});
  EXPECT_THAT(runTree(plan(), late, {.now = 6}), HasSubstr("only the backup leads back ──\n    ▸ a/drop"));
  EXPECT_THAT(runTree(plan(), inExpand(), {.now = 6}), Not(HasSubstr("only the backup")));
}

TEST(RunTree, WithoutItsPlanTheStepsThatWereBegunStandAlone) {
  EXPECT_THAT(runTree(Json(), inExpand(), {.now = 130}),
              testing::AllOf(HasSubstr("up, Running, 2 of 3 steps"), HasSubstr("▸ a/expand")));
}

TEST(RunTree, FitsIntoColumnsAndRowsAndShowsTheStepInWorkFirst) {
  Json long_ = plan(), steps = Json::array(), done = Json::array();
  for (int i = 0; i < 40; ++i) {
    steps.push_back(step("s" + std::to_string(i), "Expand", 10));
    if (i <= 20) done.push_back(begun("s" + std::to_string(i), i == 20 ? "Intended" : "Done", i + 1, i + 2));
  }
  long_["spec"]["steps"] = steps;
  const std::string all = runTree(long_, run(done), {.now = 30});
  EXPECT_THAT(all, testing::AllOf(HasSubstr("… 14 before"), HasSubstr("▸ s20"), HasSubstr("… 13 more")));
  const std::string small = runTree(long_, run(done), {.now = 30, .columns = 12, .rows = 7});
  EXPECT_EQ(std::count(small.begin(), small.end(), '\n'), 7);
  EXPECT_THAT(small, testing::AllOf(HasSubstr("▸ s20"), Not(HasSubstr("s17"))));
  EXPECT_THAT(small, HasSubstr("up: demo 1 -\n"));
  const std::string tiny = runTree(long_, run(done), {.now = 30, .rows = 2});
  EXPECT_EQ(std::count(tiny.begin(), tiny.end(), '\n'), 2);
}

TEST(RunTree, ObjectsOfAnotherShapeAreShownAsFarAsTheyGo) {
  for (const Json& odd :
       {Json(), Json("text"), Json::array(), Json({{"status", 3}}), Json({{"status", {{"steps", 3}}}}),
        Json({{"status", {{"steps", {1, nullptr, Json::object()}}}}})})
    EXPECT_FALSE(runTree(odd, odd, {.now = 1}).empty()) << odd.dump();
}

TEST(RunNews, TellWhatBeganAndEndedTheShareAndTheVerdict) {
  Json before = inExpand(), after = inExpand();
  EXPECT_THAT(newsOf(before, after), ElementsAre());
  after["status"]["steps"][2] = begun("a/expand", "Done", 110, 175);
  after["status"]["steps"].push_back(begun("b/expand", "Intended", 175));
  EXPECT_THAT(newsOf(before, after), ElementsAre("a/expand: Done after 1 min 05 s", "b/expand: begins"));
  before = after;
  after["status"]["canary"] = {{"component", "a/api"},
                               {"stage", "a/canary/api/one"},
                               {"basisPoints", 250},
                               {"verdict", {{"decision", "Wait"}, {"reason", "soaking"}}}};
  after["status"]["mode"] = "Paused";
  EXPECT_THAT(newsOf(before, after),
              ElementsAre("a/api: 2.5 % of requests go to it", "a/canary/api/one: Wait: soaking", "the run is Paused"));
}

TEST(RunNews, DurationsAreReadAtAGlance) {
  EXPECT_EQ(durationText(0), "0 s");
  EXPECT_EQ(durationText(200), "3 min 20 s");
  EXPECT_EQ(durationText(3900), "1 h 05 min");
}

}  // namespace
}  // namespace windlass::ops
