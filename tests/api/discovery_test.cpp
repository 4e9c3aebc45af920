// Finding kinds by the names people use.
#include "kube/client/discovery.h"

#include "api_fixture.h"

namespace windlass::kube {
namespace {

using DiscoveryApiTest = ApiTest;

TEST_F(DiscoveryApiTest, P36_BuiltInKindsAreFoundByEachOfTheirNames) {
  Discovery discovery(client());
  for (const std::string name :
       {"deployments", "deployment", "Deployment", "deploy", "deployments.apps", "deployments.v1.apps"}) {
    const auto kind = discovery.byName(name);
    ASSERT_OK(kind);
    EXPECT_EQ(*kind, kinds::Deployment) << name;
  }
  const auto pod = discovery.byKind("", "Pod");
  ASSERT_OK(pod);
  EXPECT_EQ(*pod, kinds::Pod);
}

TEST_F(DiscoveryApiTest, P36_AnUnknownNameIsNotFound) {
  Discovery discovery(client());
  const auto kind = discovery.byName("nothings");
  ASSERT_FALSE(kind.has_value());
  EXPECT_EQ(kind.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace windlass::kube
