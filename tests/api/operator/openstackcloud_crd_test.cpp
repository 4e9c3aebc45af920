// What the API server itself accepts, defaults and refuses of an OpenStackCloud.
#include <gmock/gmock.h>

#include "cloud_fixture.h"

namespace windlass::ops {
namespace {

using kube::Json;
using testing::AllOf;
using testing::HasSubstr;

using OpenStackCloudCrd = CloudApiTest;

TEST_F(OpenStackCloudCrd, FillsInWhatIsNotSaid) {
  const auto made = client().create(kOpenStackCloudKind, cloud(smallSpec()));
  ASSERT_OK(made);
  EXPECT_EQ((*made)["spec"]["region"], "RegionOne");
  EXPECT_EQ((*made)["spec"]["deletionPolicy"], "Retain");
  EXPECT_TRUE(decodeOpenStackCloud(*made)) << decodeOpenStackCloud(*made).error().toString();
}

TEST_F(OpenStackCloudCrd, RefusesAReleaseThatIsNoRelease) {
  Json spec = smallSpec();
  spec["release"] = "epoxy";
  EXPECT_THAT(refusal(spec), HasSubstr("spec.release"));
}

TEST_F(OpenStackCloudCrd, RefusesACloudWithoutServices) {
  EXPECT_THAT(refusal({{"release", "2025.1"}}), HasSubstr("spec.services"));
  EXPECT_THAT(refusal({{"release", "2025.1"}, {"services", Json::object()}}), HasSubstr("spec.services"));
}

TEST_F(OpenStackCloudCrd, RefusesAnotherVolumeThanTheOneThatHoldsTheData) {
  Json spec = smallSpec();
  spec["services"]["keystone"]["volumes"]["files"] = {{"size", "2Gi"}};
  auto made = client().create(kOpenStackCloudKind, cloud(spec));
  ASSERT_OK(made);
  EXPECT_EQ((*made)["spec"]["services"]["keystone"]["volumes"]["files"]["accessMode"], "ReadWriteOnce");
  (*made)["spec"]["services"]["keystone"]["volumes"]["files"]["size"] = "3Gi";
  const auto changed = client().update(kOpenStackCloudKind, *made, "");
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("cannot be changed once the cloud exists"));
}

TEST_F(OpenStackCloudCrd, RefusesReplicasThatAreNoCount) {
  Json spec = smallSpec();
  spec["services"]["keystone"]["replicas"] = -1;
  EXPECT_THAT(refusal(spec), HasSubstr("spec.services.keystone.replicas"));
}

TEST_F(OpenStackCloudCrd, RefusesADatabaseThatIsBothEmbeddedAndExternal) {
  Json spec = smallSpec();
  spec["infrastructure"]["database"] = {{"embedded", Json::object()}, {"external", {{"host", "db"}, {"port", 3306}}}};
  EXPECT_THAT(refusal(spec), AllOf(HasSubstr("spec.infrastructure.database"), HasSubstr("keep one of them")));
}

TEST_F(OpenStackCloudCrd, RefusesANameThatObjectsCouldNotBeginWith) {
  EXPECT_THAT(refusal(smallSpec(), "a-name-that-is-much-too-long"), HasSubstr("at most 20 characters"));
  EXPECT_THAT(refusal(smallSpec(), "1st"), HasSubstr("DNS label"));
}

TEST_F(OpenStackCloudCrd, RefusesAnotherRegionOrVolumeLater) {
  Json spec = smallSpec();
  spec["infrastructure"]["database"]["embedded"]["storage"]["size"] = "1Gi";
  auto made = client().create(kOpenStackCloudKind, cloud(spec));
  ASSERT_OK(made);
  Json changed = *made;
  changed["spec"]["region"] = "Elsewhere";
  auto refused = client().update(kOpenStackCloudKind, changed);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("spec.region"), HasSubstr("cannot be changed")));
  changed = *made;
  changed["spec"]["infrastructure"]["database"]["embedded"]["storage"]["size"] = "2Gi";
  refused = client().update(kOpenStackCloudKind, changed);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("storage"));
}

TEST_F(OpenStackCloudCrd, KeepsStatusApartFromSpec) {
  const auto made = client().create(kOpenStackCloudKind, cloud(smallSpec()));
  ASSERT_OK(made);
  Json status = kube::newObject(kOpenStackCloudKind, key("demo"));
  status["status"] = {{"waitingFor", "nothing"}, {"observedGeneration", 1}};
  const auto written = client().apply(kOpenStackCloudKind, status, {"windlass-operator", true, false}, "status");
  ASSERT_OK(written);
  EXPECT_EQ((*written)["status"]["waitingFor"], "nothing");
  EXPECT_EQ(kube::generationOf(*written), kube::generationOf(*made));
  Json without = *written;
  without.erase("status");
  const auto updated = client().update(kOpenStackCloudKind, without);
  ASSERT_OK(updated);
  EXPECT_EQ((*updated)["status"]["waitingFor"], "nothing");
}

}  // namespace
}  // namespace windlass::ops
