// Deleting a cloud: in order, everything it made, and its data only when that was asked for.
#include <algorithm>

#include <gmock/gmock.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

void deleteCloud(World& world) {
  ASSERT_TRUE(world.api->remove(kOpenStackCloudKind, world.key, {}));
  for (int round = 0; round < 60 && world.get(kOpenStackCloudKind, "demo"); ++round) {
    ASSERT_TRUE(world.reconcile());
    world.api->collectGarbage();
  }
}

// Position of the first deletion of a kind+prefix among the requests; npos when there was none.
std::size_t deletedAt(const World& world, const std::string& kind, const std::string& prefix) {
  const auto requests = world.api->requests();
  const auto found = std::find_if(requests.begin(), requests.end(), [&](const kube::FakeRequest& request) {
    return request.verb == "delete" && request.kind.kind == kind && request.key.name.rfind(prefix, 0) == 0;
  });
  return found == requests.end() ? std::string::npos : static_cast<std::size_t>(found - requests.begin());
}

TEST(Deletion, RemovesWhatTheCloudMadeAndKeepsItsData) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  deleteCloud(world);
  EXPECT_FALSE(world.get(kOpenStackCloudKind, "demo"));
  for (const kube::ResourceKind& kind : ownedKinds()) {
    for (const Json& object : world.list(kind)) EXPECT_TRUE(isKept(object)) << refOf(object);
  }
  EXPECT_THAT(world.names(kinds::PersistentVolumeClaim), Contains("data-demo-database-0"));
  EXPECT_THAT(world.names(kinds::Secret), Contains("demo-keystone-fernet-keys"));
  EXPECT_THAT(world.events.noteOf("DataKept"), AllOf(HasSubstr("data-demo-database-0"), HasSubstr("Retain")));
}

TEST(Deletion, KeepsTheVolumesOfServicesToo) {
  World world;
  world.createCloud(World::threeServicesSpec());
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  deleteCloud(world);
  EXPECT_THAT(world.names(kinds::PersistentVolumeClaim), Contains("demo-glance-images"));
  EXPECT_THAT(world.names(kinds::Deployment), IsEmpty());
  world.createCloud(World::threeServicesSpec());
  EXPECT_TRUE(world.settleReady()) << "a cloud of the same name takes them over: " << world.waitingFor();
}

TEST(Deletion, RemovesTheDataWhenAskedTo) {
  World world;
  Json spec = World::threeServicesSpec();
  spec["deletionPolicy"] = "Delete";
  world.createCloud(spec);
  ASSERT_TRUE(world.settleReady());
  deleteCloud(world);
  EXPECT_FALSE(world.get(kOpenStackCloudKind, "demo"));
  for (const kube::ResourceKind& kind : ownedKinds()) EXPECT_THAT(world.names(kind), IsEmpty()) << kind.kind;
  EXPECT_EQ(world.events.count("DataKept"), 0);
}

TEST(Deletion, GoesFromTheApisToTheDatabase) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  world.api->clearRequests();
  deleteCloud(world);
  const std::size_t api = deletedAt(world, "Deployment", "demo-keystone-api");
  const std::size_t gateway = deletedAt(world, "Deployment", "demo-gateway");
  const std::size_t database = deletedAt(world, "StatefulSet", "demo-database");
  ASSERT_NE(api, std::string::npos);
  ASSERT_NE(database, std::string::npos);
  EXPECT_LT(api, database);
  EXPECT_LT(gateway, database);
}

TEST(Deletion, WorksWithASpecThatIsNotValidAnyMore) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  world.changeSpec("/release", "1999.1");
  ASSERT_TRUE(world.settle());
  deleteCloud(world);
  EXPECT_FALSE(world.get(kOpenStackCloudKind, "demo"));
  EXPECT_THAT(world.names(kinds::Deployment), IsEmpty());
}

TEST(Deletion, ACloudOfTheSameNameTakesTheKeptDataOver) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  const Json keys = (*world.get(kinds::Secret, "demo-keystone-fernet-keys"))["data"];
  const Json account = (*world.get(kinds::Secret, "demo-keystone-database"))["data"];
  const std::string claim = kube::uidOf(*world.get(kinds::PersistentVolumeClaim, "data-demo-database-0"));
  deleteCloud(world);

  world.createCloud();
  ASSERT_TRUE(world.settleReady()) << world.waitingFor();
  EXPECT_EQ((*world.get(kinds::Secret, "demo-keystone-fernet-keys"))["data"], keys);
  EXPECT_EQ((*world.get(kinds::Secret, "demo-keystone-database"))["data"], account)
      << "the database knows this password";
  EXPECT_EQ(kube::uidOf(*world.get(kinds::PersistentVolumeClaim, "data-demo-database-0")), claim);
  for (const auto& [name, runs] : world.kubelet.jobRuns()) EXPECT_EQ(runs, 2) << name;
}

TEST(Deletion, LeavesAloneWhatOnlyCarriesTheLabel) {
  World world;
  world.createCloud();
  ASSERT_TRUE(world.settleReady());
  Json foreign = kube::newObject(kinds::ConfigMap, {"openstack", "mine"});
  foreign["metadata"]["labels"][std::string(kCloudLabel)] = "demo";
  ASSERT_TRUE(world.api->create(kinds::ConfigMap, foreign));
  ASSERT_TRUE(world.settleReady());
  deleteCloud(world);
  EXPECT_FALSE(world.get(kOpenStackCloudKind, "demo"));
  EXPECT_TRUE(world.get(kinds::ConfigMap, "mine"));
}

}  // namespace
}  // namespace windlass::ops
