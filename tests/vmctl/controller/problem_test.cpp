#include "vmctl/controller/problem.h"

#include <gtest/gtest.h>

#include "world.h"

namespace windlass::vm {
namespace {

using test::Json;

Json vmWithSecret() {
  Json vm = test::vmJson();
  vm["spec"]["cloudInit"] = {{"userDataSecretRef", {{"name", "web-init"}, {"key", "data"}}}};
  return vm;
}

void expectNames(const Problem& problem, std::initializer_list<const char*> words) {
  for (const char* word : words) EXPECT_NE(problem.message.find(word), std::string::npos) << problem.message;
}

std::optional<Problem> podProblem(const Json& vm, const Json& pod, const std::vector<std::string>& notes = {}) {
  const auto decoded = test::vmOf(vm);
  return problemOf(decoded, viewOf(pod, decoded), notes);
}

TEST(Problem, OfAHealthyStartIsNone) {
  EXPECT_FALSE(podProblem(test::vmJson(), test::waitingPod(test::vmJson(), "ContainerCreating", "")));
}

TEST(Problem, OfAMissingImageNamesTheFieldTheImageAndTheNodeAndStaysTheSameWhileTheKubeletRetries) {
  const auto vm = test::vmJson();
  const auto first =
      podProblem(vm, test::waitingPod(vm, "ErrImagePull", "failed to resolve windlass.dev/guest-tiny:1"));
  const auto second =
      podProblem(vm, test::waitingPod(vm, "ImagePullBackOff", "Back-off pulling windlass.dev/guest-tiny:1"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->reason, "ImagePullFailed");
  expectNames(*first, {"spec.image.reference", "windlass.dev/guest-tiny:1", "node1", "registry"});
  EXPECT_EQ(first, second);
}

TEST(Problem, OfAMissingCarrierImageIsNotBlamedOnTheUser) {
  const auto problem = podProblem(
      test::vmJson(), test::waitingPod(test::vmJson(), "ErrImagePull", "failed to pull windlass.dev/vm-carrier:dev"));
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "CarrierImagePullFailed");
}

TEST(Problem, OfAMissingSecretNamesSecretFieldAndNamespace) {
  const auto vm = vmWithSecret();
  const auto problem = podProblem(vm, test::scheduledPod(vm),
                                  {"MountVolume.SetUp failed for volume \"userdata\" : secret \"web-init\" not found"});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "SecretNotFound");
  expectNames(*problem, {"web-init", "spec.cloudInit.userDataSecretRef", "shop", "create it"});
}

TEST(Problem, OfAMissingKeyNamesTheKey) {
  const auto vm = vmWithSecret();
  const auto problem =
      podProblem(vm, test::scheduledPod(vm),
                 {"MountVolume.SetUp failed for volume \"userdata\" : references non-existent secret key: data"});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "SecretKeyNotFound");
  expectNames(*problem, {"web-init", "'data'", "spec.cloudInit.userDataSecretRef.key"});
}

TEST(Problem, OfAMountThatOnlyWaitsIsNoneYet) {
  const auto vm = vmWithSecret();
  const std::string prefix = "MountVolume.SetUp failed for volume \"userdata\" : ";
  EXPECT_FALSE(podProblem(vm, test::scheduledPod(vm),
                          {prefix + "failed to sync secret cache: timed out waiting for the condition"}));
  EXPECT_FALSE(podProblem(vm, test::scheduledPod(vm), {prefix + "object \"shop\"/\"web-init\" not registered"}));
  const auto problem = podProblem(vm, test::scheduledPod(vm), {prefix + "no space left on device"});
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "VolumeMountFailed");
}

TEST(Problem, OfAnUnschedulablePodRepeatsTheSchedulerAndSaysWhatToChange) {
  Json pod = test::newPod(test::vmJson());
  test::setPodCondition(pod, "PodScheduled", "False", "Unschedulable",
                        "0/2 nodes are available: 2 Insufficient memory");
  const auto problem = podProblem(test::vmJson(), pod);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "Unschedulable");
  expectNames(*problem, {"Insufficient memory", "spec.memory", "spec.nodeSelector"});
}

TEST(Problem, OfAnExceededQuotaSaysSo) {
  const kube::Error error{
      kube::ErrorKind::Forbidden, "pods \"web\" is forbidden: exceeded quota: small", 403, {}, nullptr};
  const auto problem = problemOf(test::vmOf(test::vmJson()), error);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "QuotaExceeded");
  expectNames(*problem, {"exceeded quota: small", "ResourceQuota", "spec.memory"});
}

TEST(Problem, OfABrokenConnectionIsNoneBecauseARetryIsAllThatHelps) {
  EXPECT_FALSE(problemOf(test::vmOf(test::vmJson()), {kube::ErrorKind::Transport, "reset", 0, {}, nullptr}));
}

TEST(Problem, MessagesAreBounded) {
  const kube::Error error{kube::ErrorKind::Invalid, std::string(5000, 'x'), 422, {}, nullptr};
  EXPECT_LE(problemOf(test::vmOf(test::vmJson()), error)->message.size(), 1000U);
}

}  // namespace
}  // namespace windlass::vm
