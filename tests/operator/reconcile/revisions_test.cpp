#include "operator/reconcile/revisions.h"

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace kinds = kube::kinds;

const kube::TimePoint kNow = kube::parseTime("2026-01-02T03:04:05Z");

Json labelled(const kube::ResourceKind& kind, const std::string& name, const std::string& revision) {
  Json object = kube::newObject(kind, {"ns", name});
  object["metadata"]["labels"] = {{kServiceLabel, "alpha"}, {kComponentLabel, "api"}};
  if (!revision.empty()) object["metadata"]["labels"][std::string(kRevisionLabel)] = revision;
  return object;
}

Json podOf(const std::string& revision) {
  Json pod = labelled(kinds::Pod, "pod-" + revision, revision);
  pod["metadata"]["ownerReferences"] = Json::array(
      {{{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"name", "set"}, {"uid", "7"}, {"controller", true}}});
  return pod;
}

Json deleted(Json pod, const std::string& until) {
  pod["metadata"]["deletionTimestamp"] = until;
  return pod;
}

RenderedCloud rendered() {
  RenderedCloud cloud;
  cloud.stages.emplace_back().objects = {labelled(kinds::Deployment, "api-new", "new")};
  return cloud;
}

TEST(PodsOfOtherRevisions, AreThoseOfRenderedComponentsWithAnotherRevision) {
  Json elsewhere = podOf("gone");
  elsewhere["metadata"]["labels"][std::string(kComponentLabel)] = "worker";
  EXPECT_THAT(podsOfOtherRevisions(rendered(), {podOf("old"), podOf("new"), podOf(""), elsewhere}, kNow),
              ElementsAre("pod-old"));
}

TEST(PodsOfOtherRevisions, CountUntilTheyHaveEnded) {
  Json ended = podOf("old");
  ended["status"]["phase"] = "Succeeded";
  EXPECT_THAT(podsOfOtherRevisions(rendered(), {ended}, kNow), IsEmpty());
  EXPECT_THAT(podsOfOtherRevisions(rendered(), {deleted(podOf("old"), "2026-01-02T03:04:35Z")}, kNow),
              ElementsAre("pod-old"));
}

TEST(PodsOfOtherRevisions, OnALostNodeCountUntilTheirTimeIsOver) {
  EXPECT_THAT(podsOfOtherRevisions(rendered(), {deleted(podOf("old"), "2026-01-02T03:04:00Z")}, kNow), IsEmpty());
}

TEST(PodsOfOtherRevisions, OfNobodyDoNotCount) {
  EXPECT_THAT(podsOfOtherRevisions(rendered(), {labelled(kinds::Pod, "by-hand", "old")}, kNow), IsEmpty());
}

TEST(IsFirst, AServiceIsUnlessItOrAnotherRevisionIsThere) {
  Json service = labelled(kinds::Service, "api", "");
  service["spec"]["selector"][std::string(kRevisionLabel)] = "new";
  Observed observed;
  const auto add = [&observed](const Json& object) { observed.objects[refOf(object)] = object; };
  EXPECT_TRUE(isFirst(service, observed));
  add(labelled(kinds::Deployment, "api-new", "new"));
  EXPECT_TRUE(isFirst(service, observed));
  add(labelled(kinds::Deployment, "api-old", "old"));
  EXPECT_FALSE(isFirst(service, observed));
  observed.objects.clear();
  add(service);
  EXPECT_FALSE(isFirst(service, observed));
}

}  // namespace
}  // namespace windlass::ops
