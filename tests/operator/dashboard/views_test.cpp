#include "operator/dashboard/views.h"

#include <gmock/gmock.h>

namespace windlass::ops {
namespace {

using kube::Json;

Json cloud() {
  return {{"metadata", {{"namespace", "ns"}, {"name", "demo"}}},
          {"spec", {{"release", "2"}}},
          {"status",
           {{"release", "1"},
            {"waitingFor", "a Job"},
            {"services", {{"a", {{"replicas", 2}, {"readyReplicas", 1}}}}},
            {"conditions", {{{"type", "Ready"}, {"status", "False"}, {"message", "not yet"}}}}}}};
}

Json plan() {
  return {{"metadata", {{"namespace", "ns"}, {"name", "p"}}},
          {"spec",
           {{"cloud", "demo"},
            {"from", "1"},
            {"to", "2"},
            {"seconds", 90},
            {"pointOfNoReturn", "a/drop"},
            {"steps",
             {{{"id", "a/expand"}, {"phase", "Expand"}, {"summary", "adds"}, {"seconds", 60}},
              {{"id", "a/drop"}, {"phase", "Contract"}, {"summary", "drops"}, {"seconds", 30}}}}}}};
}

Json run() {
  return {{"metadata", {{"namespace", "ns"}, {"name", "up"}}},
          {"spec", {{"plan", "p"}}},
          {"status",
           {{"mode", "Running"},
            {"phase", "Expand"},
            {"actions", {"pause"}},
            {"steps", {{{"id", "a/expand"}, {"status", "Intended"}, {"begun", 7}}}},
            {"canary", {{"component", "a/api"}, {"basisPoints", 100}, {"kept", "for the operator alone"}}}}}};
}

TEST(Views, TheOverviewNamesCloudsPlansAndRuns) {
  const Json view = overviewOf({cloud()}, {plan()}, {run()});
  EXPECT_EQ(view["clouds"][0], Json({{"namespace", "ns"},
                                     {"name", "demo"},
                                     {"release", "1"},
                                     {"wanted", "2"},
                                     {"waitingFor", "a Job"},
                                     {"plan", ""},
                                     {"ready", "False"},
                                     {"message", "not yet"},
                                     {"services", {{{"name", "a"}, {"ready", 1}, {"replicas", 2}}}}}));
  EXPECT_EQ(view["plans"][0]["steps"], 2);
  EXPECT_EQ(view["runs"][0]["mode"], "Running");
}

TEST(Views, ARunIsShownAlongItsPlan) {
  const Json view = runViewOf(run(), plan());
  ASSERT_EQ(view["phases"].size(), 2U);
  EXPECT_EQ(view["phases"][0]["steps"][0]["status"], "Intended");
  EXPECT_EQ(view["phases"][0]["steps"][0]["estimate"], 60);
  EXPECT_EQ(view["phases"][1]["steps"][0]["status"], "");
  EXPECT_EQ(view["of"]["pointOfNoReturn"], "a/drop");
  EXPECT_EQ(view["canary"]["basisPoints"], 100);
  EXPECT_FALSE(view["canary"].contains("kept"));
}

TEST(Views, WithoutItsPlanARunHasTheStepsThatWereBegun) {
  const Json view = runViewOf(run(), Json());
  EXPECT_EQ(view["phases"][0]["steps"][0]["id"], "a/expand");
  EXPECT_TRUE(view["of"].is_null());
}

TEST(Views, ObjectsOfAnotherShapeAreShownAsFarAsTheyGo) {
  for (const Json& odd :
       {Json(), Json("text"), Json::array(), Json({{"status", 1}}), Json({{"status", {{"services", {1}}}}}),
        Json({{"status", {{"services", {{"a", 1}}}, {"steps", {1, nullptr}}, {"canary", 3}}}})}) {
    EXPECT_EQ(overviewOf({odd}, {odd}, {odd})["clouds"].size(), 1U);
    EXPECT_TRUE(runViewOf(odd, odd).is_object());
  }
}

}  // namespace
}  // namespace windlass::ops
