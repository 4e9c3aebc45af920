#include "kube/runtime/finalizer.h"

#include <gtest/gtest.h>

#include "kube/fake/fake_api_server.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "kube/runtime/status.h"

namespace windlass::kube::finalizer_test {
namespace {

const ResourceKind kWidget{"example.org", "v1", "Widget", "widgets", true};
const ObjectKey kKey{"ns", "a"};
constexpr std::string_view kMine = "example.org/mine";

class FinalizerTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.create(kWidget, newObject(kWidget, kKey))); }
  Json current() { return server.get(kWidget, kKey).value(); }
  FakeApiServer server;
};

TEST_F(FinalizerTest, P32_IsAddedOnceAndTheNewObjectIsGivenBack) {
  const auto added = ensureFinalizer(server, kWidget, current(), kMine);
  ASSERT_TRUE(added) << added.error().toString();
  EXPECT_TRUE(hasFinalizer(*added, kMine));
  const std::size_t writes = server.writeCount();
  ASSERT_TRUE(ensureFinalizer(server, kWidget, *added, kMine));
  EXPECT_EQ(server.writeCount(), writes);
}

TEST_F(FinalizerTest, P32_AStaleObjectIsAConflictThatIsRetried) {
  const Json stale = current();
  ASSERT_TRUE(ensureFinalizer(server, kWidget, stale, "example.org/other"));
  const auto added = ensureFinalizer(server, kWidget, stale, kMine);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::Conflict);
  EXPECT_TRUE(added.error().retryable());
  EXPECT_TRUE(hasFinalizer(current(), "example.org/other"));
}

TEST_F(FinalizerTest, P32_ADyingObjectTakesNone) {
  ASSERT_TRUE(ensureFinalizer(server, kWidget, current(), "example.org/other"));
  ASSERT_TRUE(server.remove(kWidget, kKey));
  const auto added = ensureFinalizer(server, kWidget, current(), kMine);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::Invalid);
}

TEST_F(FinalizerTest, P32_TheObjectGoesWhenTheLastIsRemoved) {
  const Json held = ensureFinalizer(server, kWidget, current(), kMine).value();
  ASSERT_TRUE(server.remove(kWidget, kKey));
  EXPECT_TRUE(dropFinalizer(server, kWidget, current(), kMine));
  EXPECT_EQ(server.get(kWidget, kKey).error().kind, ErrorKind::NotFound);
  EXPECT_TRUE(dropFinalizer(server, kWidget, held, kMine));  // gone is fine
}

TEST_F(FinalizerTest, P34_AConditionIsWrittenOnlyWhenItSaysSomethingNew) {
  const ApplyOptions mine{"test", true, false};
  const Condition ready{"Ready", "True", "AllWell", "all is well", 0};
  EXPECT_TRUE(applyCondition(server, kWidget, current(), ready, mine).value());
  const std::size_t writes = server.writeCount();
  EXPECT_FALSE(applyCondition(server, kWidget, current(), ready, mine).value());
  EXPECT_EQ(server.writeCount(), writes);
  EXPECT_TRUE(isConditionTrue(current(), "Ready"));
}

TEST_F(FinalizerTest, P34_OtherConditionsStayWhenOneChanges) {
  const ApplyOptions mine{"test", true, false};
  ASSERT_TRUE(applyCondition(server, kWidget, current(), {"Ready", "True", "AllWell", "", 0}, mine));
  ASSERT_TRUE(applyCondition(server, kWidget, current(), {"Degraded", "False", "AllWell", "", 0}, mine));
  EXPECT_TRUE(isConditionTrue(current(), "Ready"));
  EXPECT_NE(findCondition(current(), "Degraded"), nullptr);
}

}  // namespace
}  // namespace windlass::kube::finalizer_test
