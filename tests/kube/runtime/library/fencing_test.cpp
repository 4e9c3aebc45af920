#include "kube/runtime/fencing.h"

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"

namespace windlass::kube::fencing_test {
namespace {

TEST(Fencing, AnEarlierLeadersEpochIsRefusedALaterOnesTaken) {
  Json stored = newObject(kinds::ConfigMap, {"ns", "a"});
  EXPECT_TRUE(checkLeaderEpoch(stored, 0));
  stampLeaderEpoch(stored, 5);
  EXPECT_EQ(leaderEpochOf(stored), 5);
  EXPECT_EQ(checkLeaderEpoch(stored, 4).error().kind, ErrorKind::Conflict);
  EXPECT_TRUE(checkLeaderEpoch(stored, 5));
  EXPECT_TRUE(checkLeaderEpoch(stored, 6));
}

TEST(Fencing, AnEpochOfGarbageIsNone) {
  Json stored = newObject(kinds::ConfigMap, {"ns", "a"});
  stored["metadata"]["annotations"][std::string(kLeaderEpochAnnotation)] = "12x";
  EXPECT_EQ(leaderEpochOf(stored), 0);
}

TEST(Fencing, EveryWriteAsksFirstAndReadsNever) {
  const auto server = std::make_shared<FakeApiServer>();
  const Json object = newObject(kinds::ConfigMap, {"ns", "a"});
  ASSERT_TRUE(server->create(kinds::ConfigMap, object));
  const std::size_t writes = server->writeCount();
  const auto fenced = fencedClient(server, [] { return Status(fail(ErrorKind::Cancelled, "no lease")); });
  const ObjectKey key{"ns", "a"};
  EXPECT_EQ(fenced->create(kinds::ConfigMap, newObject(kinds::ConfigMap, {"ns", "b"})).error().kind,
            ErrorKind::Cancelled);
  EXPECT_EQ(fenced->update(kinds::ConfigMap, object).error().kind, ErrorKind::Cancelled);
  EXPECT_EQ(fenced->patch(kinds::ConfigMap, key, PatchType::Merge, {{"data", {{"a", "b"}}}}).error().kind,
            ErrorKind::Cancelled);
  EXPECT_EQ(fenced->apply(kinds::ConfigMap, object, {"test", true, false}).error().kind, ErrorKind::Cancelled);
  EXPECT_EQ(fenced->remove(kinds::ConfigMap, key).error().kind, ErrorKind::Cancelled);
  EXPECT_EQ(server->writeCount(), writes);
  EXPECT_TRUE(fenced->get(kinds::ConfigMap, key));
  EXPECT_TRUE(fenced->list(kinds::ConfigMap, {}));
}

}  // namespace
}  // namespace windlass::kube::fencing_test
