#include "operator/cli/explain_command.h"

#include <gmock/gmock.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ExplainCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* revision : {"r1", "r2"}) {
      make(kube::kinds::ConfigMap, "config-" + std::string(revision), {{"data", {{"a.conf", revision}}}});
      Json workload = {{"spec",
                        {{"selector", {{"matchLabels", labels(revision)}}},
                         {"template", {{"metadata", {{"labels", labels(revision)}}}, {"spec", podSpec(revision)}}}}}};
      workload["metadata"]["labels"] = labels(revision);
      make(kube::kinds::Deployment, "api-" + std::string(revision), workload);
      Json pod = {{"spec", podSpec(revision)}};
      pod["metadata"]["labels"] = labels(revision);
      make(kube::kinds::Pod, "pod-" + std::string(revision), pod);
    }
    event("pod-r1", "old news");
    event("pod-r2", "new news");
  }
  static Json labels(const std::string& revision) {
    return {{"windlass.dev/cloud", "demo"},
            {"windlass.dev/service", "a"},
            {"windlass.dev/component", "api"},
            {"windlass.dev/revision", revision}};
  }
  static Json podSpec(const std::string& revision) {
    return {{"containers", {{{"name", "api"}, {"image", "one"}}}},
            {"volumes", {{{"name", "config"}, {"configMap", {{"name", "config-" + revision}}}}}}};
  }
  void make(const kube::ResourceKind& kind, const std::string& name, const Json& more) {
    Json object = kube::newObject(kind, {"ns", name});
    object.merge_patch(more);
    const auto made = api.create(kind, object);
    ASSERT_TRUE(made) << made.error().toString();
  }
  void event(const std::string& about, const std::string& note) {
    make(kube::kinds::Event, "event-" + about, {{"regarding", {{"name", about}}}, {"reason", "Test"}, {"note", note}});
  }
  kube::FakeApiServer api;
};

TEST_F(ExplainCommandTest, AWorkloadIsComparedWithItsOtherRevisionAndShowsTheEventsOfItsPods) {
  const auto text = explainObject(api, "ns", "deployments/api-r2");
  ASSERT_TRUE(text) << text.error().toString();
  EXPECT_THAT(*text, AllOf(HasSubstr("differs from revision r1"), HasSubstr("- a.conf: r1"), HasSubstr("+ a.conf: r2"),
                           HasSubstr("Test pod-r2: new news"), Not(HasSubstr("old news"))));
}

TEST_F(ExplainCommandTest, APodIsExplainedLikeItsWorkloadAndNoSecretIsRead) {
  api.clearRequests();
  const auto text = explainObject(api, "ns", "po/pod-r2");
  ASSERT_TRUE(text) << text.error().toString();
  EXPECT_THAT(*text, AllOf(HasSubstr("Pod ns/pod-r2: a/api of cloud demo"), HasSubstr("differs from revision r1")));
  for (const auto& request : api.requests()) EXPECT_NE(request.kind.kind, "Secret");
}

TEST_F(ExplainCommandTest, WhatCannotBeExplainedIsSaid) {
  EXPECT_THAT(explainObject(api, "ns", "secret/x").error().message, HasSubstr("cannot explain secret/x: say pod/NAME"));
  EXPECT_THAT(explainObject(api, "ns", "x").error().message, HasSubstr("cannot explain x"));
  EXPECT_THAT(explainObject(api, "ns", "pod/none").error().toString(), HasSubstr("cannot read pod/none in ns"));
}

}  // namespace
}  // namespace windlass::ops
