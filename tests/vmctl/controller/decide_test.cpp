#include "vmctl/controller/decide.h"

#include <gtest/gtest.h>

#include "world.h"

namespace windlass::vm {
namespace {

using namespace std::chrono_literals;
using test::decideAt;
using test::Json;
using test::vmJson;

TEST(Decide, MakesAPodForAVmThatShouldRunAndHoldsTheReportBack) {
  const auto decision = decideAt(vmJson(), nullptr);
  EXPECT_EQ(decision.action, Action::CreatePod);
  EXPECT_TRUE(decision.passing);
}

TEST(Decide, LeavesAHaltedVmOff) {
  const auto decision = decideAt(vmJson("Halted"), nullptr);
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_EQ(decision.report.phase, "Stopped");
  EXPECT_FALSE(decision.passing);
}

TEST(Decide, NeverMakesAPodForAVmThatIsBeingDeleted) {
  auto vm = vmJson();
  vm["metadata"]["deletionTimestamp"] = kube::formatTime(test::T0);
  EXPECT_EQ(decideAt(vm, nullptr).action, Action::None);
}

TEST(Decide, TellsOfAYoungStartOnlyWhenItLasts) {
  const auto pod = test::scheduledPod(vmJson());
  const auto young = decideAt(vmJson(), &pod, 1s);
  EXPECT_TRUE(young.passing);
  EXPECT_GE(young.again, 2s);
  const auto old = decideAt(vmJson(), &pod, 4s);
  EXPECT_FALSE(old.passing);
  EXPECT_EQ(old.report.phase, "Starting");
}

TEST(Decide, NeverHoldsBackWhileStatusStillSaysReady) {
  const auto pod = test::scheduledPod(vmJson());
  const Json status{{"conditions", Json::array({Json{{"type", "Ready"}, {"status", "True"}}})}};
  EXPECT_FALSE(decideAt(vmJson(), &pod, 1s, status).passing);
}

TEST(Decide, SaysRunningWhenTheAgentSaysSoAndReadyWhenTheProbePasses) {
  const auto pod = test::runningPod(vmJson(), false);
  EXPECT_EQ(decideAt(vmJson(), &pod, 1s).report.phase, "Starting");
  const auto running = decideAt(vmJson(), &pod, 1s, test::guestStatus());
  EXPECT_EQ(running.report.phase, "Running");
  EXPECT_EQ(running.report.ready, "False");
  EXPECT_EQ(running.report.podIp, "10.0.0.7");
  const auto readyPod = test::runningPod(vmJson(), true);
  EXPECT_EQ(decideAt(vmJson(), &readyPod, 1s, test::guestStatus()).report.ready, "True");
}

TEST(Decide, DoesNotBelieveTheStatusOfAnEarlierPod) {
  const auto pod = test::runningPod(vmJson(), true);
  EXPECT_EQ(decideAt(vmJson(), &pod, 1s, test::guestStatus("Running", "pod-0")).report.phase, "Starting");
}

TEST(Decide, NamesTheFieldsOfARunningGuestThatNeedARestart) {
  const auto pod = test::runningPod(vmJson(), true);
  auto vm = vmJson();
  vm["spec"]["memory"] = "256Mi";
  const auto decision = decideAt(vm, &pod, 1s, test::guestStatus());
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_EQ(decision.report.changedFields, std::vector<std::string>{"memory"});
}

TEST(Decide, ReplacesAPodWhoseGuestHasNotStartedWhenTheSpecChanges) {
  const auto pod = test::waitingPod(vmJson(), "ErrImagePull", "not found");
  auto vm = vmJson();
  vm["spec"]["image"]["reference"] = "windlass.dev/guest-tiny:2";
  EXPECT_EQ(decideAt(vm, &pod, 1s).action, Action::ReplacePod);
}

TEST(Decide, StopsTheGuestOfAVmThatIsHaltedOnce) {
  auto pod = test::runningPod(vmJson(), true);
  EXPECT_EQ(decideAt(vmJson("Halted"), &pod, 1s, test::guestStatus()).action, Action::DeletePod);
  pod["metadata"]["deletionTimestamp"] = kube::formatTime(test::T0);
  const auto decision = decideAt(vmJson("Halted"), &pod, 1s, test::guestStatus());
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_EQ(decision.report.phase, "Stopping");
}

TEST(Decide, CallsAnUnreachableNodesGuestUnknownAndStartsNoSecondOne) {
  auto pod = test::runningPod(vmJson(), true);
  const Json node{{"spec", {{"taints", Json::array({Json{{"key", "node.kubernetes.io/unreachable"}}})}}}};
  const auto decision = decideAt(vmJson(), &pod, 1s, test::guestStatus(), &node);
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_EQ(decision.report.phase, "Unknown");
  EXPECT_EQ(decision.report.ready, "Unknown");
  pod["metadata"]["deletionTimestamp"] = kube::formatTime(test::T0);  // evicted, and nobody confirms it
  EXPECT_EQ(decideAt(vmJson(), &pod, 1s, test::guestStatus(), &node).report.phase, "Unknown");
}

TEST(Decide, CountsAnEndFirstAndReplacesThePodOnlyAfterwards) {
  const auto pod = test::endedPod(vmJson(), 10);
  const auto first = decideAt(vmJson(), &pod, 2s);
  EXPECT_EQ(first.action, Action::None);
  EXPECT_EQ(first.report.restarts.total, 1);
  EXPECT_EQ(first.report.reason, "GuestEnded");
  const Json status{{"restarts", toJson(first.report.restarts)}};
  EXPECT_EQ(decideAt(vmJson(), &pod, 2s, status).action, Action::ReplacePod);
}

TEST(Decide, PausesLongerAfterEachEndInARowAndSaysUntilWhen) {
  Json status = Json::object();
  std::vector<std::chrono::seconds> pauses;
  for (int i = 0; i < 8; ++i) {
    const auto pod = test::endedPod(vmJson(), 10, 1s, "pod-" + std::to_string(i));
    const auto decision = decideAt(vmJson(), &pod, 1s, status);
    status = Json{{"restarts", toJson(decision.report.restarts)}};
    pauses.push_back(pauseBeforeStart(decision.report.restarts));
    if (i > 0) {
      EXPECT_EQ(decision.report.reason, "CrashLoopBackOff");
      EXPECT_GT(decision.again, 9s);
      EXPECT_NE(decision.report.message.find("started again at 2026"), std::string::npos);
    }
  }
  EXPECT_EQ(pauses, (std::vector<std::chrono::seconds>{0s, 10s, 20s, 40s, 80s, 160s, 300s, 300s}));
}

TEST(Decide, ForgetsTheRowAfterTenMinutesOfRunning) {
  Json status{{"restarts", {{"total", 7}, {"inARow", 7}, {"lastPodUID", "old"}}}};
  const auto pod = test::endedPod(vmJson(), 10, 11min);
  const auto decision = decideAt(vmJson(), &pod, 11min, status);
  EXPECT_EQ(decision.report.restarts.total, 8);
  EXPECT_EQ(decision.report.restarts.inARow, 1);
}

TEST(Decide, DoesNotRepeatARefusedStartUntilTheSpecChanges) {
  const auto pod = test::endedPod(vmJson(), 13);
  const auto first = decideAt(vmJson(), &pod, 1s);
  EXPECT_EQ(first.report.reason, "StartRefused");
  const Json status{{"restarts", toJson(first.report.restarts)}};
  const auto later = decideAt(vmJson(), &pod, 1h, status);
  EXPECT_EQ(later.action, Action::None);
  EXPECT_EQ(later.again, 0s);
  auto vm = vmJson();
  vm["spec"]["kernelArguments"] = "quiet";
  EXPECT_EQ(decideAt(vm, &pod, 1h, status).action, Action::ReplacePod);
}

TEST(Decide, LeavesAStrangersPodAloneAndSaysSo) {
  auto pod = test::runningPod(vmJson(), true);
  pod["metadata"].erase("ownerReferences");
  const auto decision = decideAt(vmJson(), &pod, 1s);
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_EQ(decision.report.reason, "NameTaken");
  EXPECT_TRUE(decision.report.warning);
}

TEST(Decide, WaitsForThePodOfAnEarlierVmOfTheSameName) {
  auto pod = test::runningPod(vmJson(), true);
  pod["metadata"]["ownerReferences"][0]["uid"] = "vm-0";
  const auto decision = decideAt(vmJson(), &pod, 1s);
  EXPECT_EQ(decision.action, Action::None);
  EXPECT_TRUE(decision.passing);
}

TEST(Decide, BlamesTheAgentWhenItStaysSilent) {
  const auto pod = test::runningPod(vmJson(), false);
  const auto early = decideAt(vmJson(), &pod, 10s);
  EXPECT_EQ(early.report.reason, "StartingGuest");
  EXPECT_GT(early.again, 30s);
  EXPECT_EQ(decideAt(vmJson(), &pod, 46s).report.reason, "AgentSilent");
}

TEST(Decide, RepeatsTheReasonWhyAnotherNodeMustLetGoFirst) {
  const auto pod = test::runningPod(vmJson(), false);
  auto status = test::guestStatus("Waiting");
  status["guest"]["message"] = "node2 still holds the guest";
  const auto decision = decideAt(vmJson(), &pod, 1s, status);
  EXPECT_EQ(decision.report.reason, "WaitingForClaim");
  EXPECT_EQ(decision.report.message, "node2 still holds the guest");
}

TEST(Decide, BringsChangedLabelsToTheRunningPod) {
  const auto pod = test::runningPod(vmJson(), true);
  auto vm = vmJson();
  vm["metadata"]["labels"]["app"] = "other";
  EXPECT_EQ(decideAt(vm, &pod, 1s, test::guestStatus()).action, Action::UpdateLabels);
}

}  // namespace
}  // namespace windlass::vm
