#include "operator/cli/explain.h"

#include <gmock/gmock.h>

namespace windlass::ops {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Json podTemplate(const std::string& image, const std::string& config) {
  return {{"spec",
           {{"containers",
             {{{"name", "api"},
               {"image", image},
               {"args", {"--serve"}},
               {"resources", {{"limits", {{"memory", "512Mi"}}}}},
               {"env", {{{"name", "URL"}, {"valueFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}}}}}},
            {"volumes", {{{"configMap", {{"name", config}}}}, {{"secret", {{"secretName", "keys"}}}}}}}}};
}

Json deployment(const std::string& revision, const std::string& image, const std::string& config) {
  return {{"kind", "Deployment"},
          {"metadata",
           {{"name", "demo-api-" + revision},
            {"namespace", "ns"},
            {"creationTimestamp", "2026-01-02T03:04:05Z"},
            {"labels",
             {{"windlass.dev/cloud", "demo"},
              {"windlass.dev/service", "a"},
              {"windlass.dev/component", "api"},
              {"windlass.dev/release", image},
              {"windlass.dev/revision", revision}}},
            {"managedFields",
             {{{"manager", "windlass-operator"}, {"time", "2026-01-02T03:04:05Z"}},
              {{"manager", "kubectl-edit"}, {"time", "2026-01-03T00:00:00Z"}}}}}},
          {"spec", {{"template", podTemplate(image, config)}}}};
}

Json pod(const Json& status) {
  Json made = podTemplate("one", "config-1");
  made["kind"] = "Pod";
  made["metadata"] = {{"name", "p"}, {"namespace", "ns"}};
  made["status"] = {{"containerStatuses", Json::array({status})}};
  return made;
}

Json ended(const std::string& reason, int code) {
  return {{"name", "api"},
          {"restartCount", 2},
          {"lastState",
           {{"terminated", {{"reason", reason}, {"exitCode", code}, {"finishedAt", "2026-01-04T00:00:00Z"}}}}}};
}

TEST(Explain, SaysOfWhatItIsMadeAndHowItDiffersFromTheOtherRevision) {
  ExplainFacts facts;
  facts.object = deployment("r2", "two", "config-2");
  facts.siblings = {deployment("r1", "one", "config-1")};
  facts.configMaps = {{"config-1", {{"data", {{"a.conf", "[x]\ndebug = false\n"}}}}},
                      {"config-2", {{"data", {{"a.conf", "[x]\ndebug = true\n"}}}}}};
  const std::string text = explain(facts);
  EXPECT_THAT(text, HasSubstr("Deployment ns/demo-api-r2: a/api of cloud demo, release two, revision r2\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("two (container api)"), HasSubstr("config-2"), HasSubstr("db (url), keys")));
  EXPECT_THAT(text, HasSubstr("differs from revision r1 (release one)\n"
                              "    image: one -> two\n"
                              "    - a.conf: debug = false\n"
                              "    + a.conf: debug = true\n"));
  EXPECT_THAT(text, Not(HasSubstr("[x]")));
}

TEST(Explain, NamesTheHandsThatChangedItNewestFirst) {
  ExplainFacts facts;
  facts.object = deployment("r1", "one", "config-1");
  EXPECT_THAT(explain(facts), HasSubstr("  made           2026-01-02T03:04:05Z\n"
                                        "  written        2026-01-03T00:00:00Z by kubectl-edit\n"
                                        "  written        2026-01-02T03:04:05Z by windlass-operator\n"));
}

TEST(Explain, ARestartHasACauseInWords) {
  EXPECT_EQ(restartText(pod(ended("OOMKilled", 137)), {}),
            "  p container api, 2 restarts, last at 2026-01-04T00:00:00Z: it used more memory than its limit of 512Mi "
            "(OOMKilled)\n");
  EXPECT_THAT(restartText(pod(ended("Error", 3)), {}), HasSubstr("it ended by itself with exit code 3, Error"));
  EXPECT_THAT(restartText(pod(ended("Unknown", 255)), {}), HasSubstr("its node restarted or was out of reach"));
  const Json unhealthy = {{"regarding", {{"name", "p"}}},
                          {"reason", "Unhealthy"},
                          {"note", "Liveness probe failed: HTTP probe failed with statuscode: 500"},
                          {"eventTime", "2026-01-03T23:59:59Z"}};
  EXPECT_THAT(restartText(pod(ended("Error", 137)), {unhealthy}),
              HasSubstr("it was ended because its check failed: Liveness probe failed: HTTP probe failed with"));
}

TEST(Explain, WhatDoesNotRunSaysWhatItWaitsFor) {
  const Json waiting = {
      {"name", "api"},
      {"restartCount", 0},
      {"state", {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "Back-off pulling image \"two\""}}}}}};
  EXPECT_THAT(restartText(pod(waiting), {}), HasSubstr("does not run: ImagePullBackOff: Back-off pulling image"));
}

TEST(Explain, APodThatIsTakenAwaySaysByWhom) {
  Json evicted = pod(Json::object());
  evicted["status"]["conditions"] = Json::array({{{"type", "DisruptionTarget"},
                                                  {"status", "True"},
                                                  {"reason", "DeletionByTaintManager"},
                                                  {"message", "Taint manager: deleting due to NoExecute taint"}}});
  EXPECT_THAT(restartText(evicted, {}), HasSubstr("p is taken away: DeletionByTaintManager: Taint manager"));
}

TEST(Explain, WithoutRestartsAndCloudItSaysSo) {
  ExplainFacts facts;
  facts.object = pod({{"name", "api"}, {"restartCount", 0}, {"state", {{"running", Json::object()}}}});
  facts.pods = {facts.object};
  EXPECT_THAT(explain(facts), AllOf(HasSubstr("Pod ns/p: is no part of a cloud"), HasSubstr("no container has ended")));
}

TEST(Explain, ObjectsOfAnotherShapeAreExplainedAsFarAsTheyGo) {
  for (const Json& odd :
       {Json(), Json("text"), Json::array(), Json({{"spec", 3}}), Json({{"metadata", {{"managedFields", {1}}}}}),
        Json({{"spec", {{"volumes", {1}}, {"containers", {nullptr}}}}, {"status", {{"containerStatuses", {1}}}}})}) {
    ExplainFacts facts;
    facts.object = odd;
    facts.pods = facts.siblings = facts.events = {odd};
    EXPECT_FALSE(explain(facts).empty()) << odd.dump();
  }
}

}  // namespace
}  // namespace windlass::ops
