#include "vmctl/agent/carrier_pod.h"

#include <gtest/gtest.h>

#include "tests/vmctl/agent/world.h"

namespace windlass::vm {
namespace {

TEST(CarrierPod, TellsWhoseItIs) {
  const auto pod = readCarrierPod(carrierPodJson(), kNodeName);
  ASSERT_TRUE(pod) << pod.error().toString();
  EXPECT_EQ(pod->vmName, "web");
  EXPECT_EQ(pod->vmUid, kVmUid);
  EXPECT_EQ(pod->podUid, kPodUid);
  EXPECT_EQ(pod->graceSeconds, 30);
  EXPECT_EQ(pod->memoryLimit, 256ULL << 20);
  EXPECT_FALSE(pod->deleting);
}

// Anybody who may create pods can write labels; only the owner reference of a controller makes a carrier.
TEST(CarrierPod, OfAStrangerGetsNoGuest) {
  kube::Json unowned = carrierPodJson();
  unowned["metadata"].erase("ownerReferences");
  kube::Json otherKind = carrierPodJson();
  otherKind["metadata"]["ownerReferences"][0]["kind"] = "ReplicaSet";
  kube::Json otherUid = carrierPodJson();
  otherUid["metadata"]["annotations"]["windlass.dev/vm-uid"] = "other";
  kube::Json otherName = carrierPodJson();
  otherName["metadata"]["labels"]["windlass.dev/vm"] = "other";
  for (const kube::Json& pod : {unowned, otherKind, otherUid, otherName}) EXPECT_FALSE(readCarrierPod(pod, kNodeName));
  EXPECT_FALSE(readCarrierPod(carrierPodJson(), "another-node"));
}

}  // namespace
}  // namespace windlass::vm
