#include "vmctl/agent/agent.h"

#include <gtest/gtest.h>

#include "tests/vmctl/agent/world.h"
#include "vmctl/carrier/protocol.h"
#include "vmctl/model/virtual_machine.h"

namespace windlass::vm {
namespace {

using kube::Json;

const kube::TimePoint kToday{std::chrono::seconds{1'000'000}};

// A node, an API server and one VM with its carrier pod.
struct Scene {
  Scene() {
    Json vm = kube::newObject(VirtualMachineKind, {"ns", "web"});
    vm["metadata"]["uid"] = kVmUid;
    vm["spec"] = {{"memory", "128Mi"}, {"image", {{"reference", "windlass.dev/guest-tiny:1"}}}};
    const auto made = api_.create(VirtualMachineKind, vm);
    EXPECT_TRUE(made) << made.error().toString();
    vmUid_ = kube::uidOf(*made);
    world_.carrier.view.process = CarrierView::Process::Alive;
    pod_ = carrierPodJson();
    pod_["metadata"]["annotations"]["windlass.dev/vm-uid"] = vmUid_;
    pod_["metadata"]["ownerReferences"][0]["uid"] = vmUid_;
    api_.clearRequests();
    api_.setFaultInjector([this](const kube::FakeRequest&) -> std::optional<kube::Error> {
      world_.step();
      return std::nullopt;
    });
  }

  // Lives an agent until it is killed or has nothing left to do; true when it was killed.
  bool live(int stepsToLive, kube::TimePoint now = kToday) {
    world_.stepsToLive = stepsToLive;
    world_.heard.reset();
    AgentLife life(world_, api_, directory_.path + "/vms", podThere_ ? std::make_shared<const Json>(pod_) : nullptr,
                   now);
    try {
      last_ = life.agent().reconcile(kPodKey);
    } catch (const Killed&) {
      return true;
    }
    world_.stepsToLive = -1;
    journaled_ = !life.journal().all().empty();
    return false;
  }

  std::string guestPhase() {
    const auto vm = api_.get(VirtualMachineKind, {"ns", "web"});
    return vm ? kube::stringAt(*vm, "/status/guest/phase") : "(no VM)";
  }
  bool claimed() { return api_.get(kube::kinds::Lease, {"ns", "vm-web"}).has_value(); }

  kube::FakeApiServer api_;
  World world_;
  TemporaryDirectory directory_;
  std::string vmUid_;
  Json pod_;
  bool podThere_ = true;
  bool journaled_ = false;
  kube::Result<kube::ReconcileOutcome> last_;
};

class AgentTest : public testing::Test, protected Scene {};

TEST_F(AgentTest, StartsAGuestWithTwoWrites) {
  ASSERT_FALSE(live(-1));
  ASSERT_TRUE(last_) << last_.error().toString();
  ASSERT_TRUE(world_.domain);
  EXPECT_EQ(world_.domain->state, DomainState::Running);
  EXPECT_FALSE(world_.resumedUnprepared);
  EXPECT_TRUE(world_.carrier.view.hasConsole && world_.carrier.view.hadGuest);
  EXPECT_EQ(guestPhase(), "Running");
  EXPECT_TRUE(claimed());
  EXPECT_EQ(api_.writeCount(), 2u) << "the claim and the status";
}

TEST_F(AgentTest, WritesNothingAtRest) {
  live(-1);
  api_.clearRequests();
  for (int i = 0; i < 5; ++i) live(-1);
  EXPECT_EQ(api_.requests().size(), 0u);
  EXPECT_EQ(world_.resumes, 1);
}

TEST_F(AgentTest, KilledAtAnyStepOfAStartEndsInOneRunningGuest) {
  for (int steps = 0; steps < 100; ++steps) {
    Scene fresh;
    const bool killed = fresh.live(steps);
    const bool ranAlready = fresh.world_.resumes > 0;
    ASSERT_FALSE(fresh.live(-1));
    ASSERT_TRUE(fresh.last_) << "killed after " << steps << " steps: " << fresh.last_.error().toString();
    ASSERT_TRUE(fresh.world_.domain) << "killed after " << steps << " steps";
    EXPECT_EQ(fresh.world_.domain->state, DomainState::Running);
    EXPECT_FALSE(fresh.world_.resumedUnprepared) << "killed after " << steps << " steps";
    EXPECT_EQ(fresh.world_.resumes, 1) << (ranAlready ? "a guest that ran was started again" : "");
    EXPECT_EQ(fresh.world_.destroyedWhileRunning, 0) << "killed after " << steps << " steps";
    EXPECT_TRUE(fresh.world_.taps.empty());
    EXPECT_TRUE(fresh.claimed());
    EXPECT_EQ(fresh.guestPhase(), "Running");
    if (!killed) return;
  }
  FAIL() << "a start never ends";
}

TEST_F(AgentTest, KilledAtAnyStepOfAStopEndsCleanly) {
  for (int steps = 0; steps < 100; ++steps) {
    Scene fresh;
    fresh.live(-1);
    fresh.world_.carrier.view.terminating = true;
    fresh.world_.carrier.view.graceSeconds = 30;
    const bool killed = fresh.live(steps);
    // A request lost with the agent is repeated five seconds later, and the carrier's exit is seen after that.
    for (const int later : {6, 12}) ASSERT_FALSE(fresh.live(-1, kToday + std::chrono::seconds{later}));
    ASSERT_TRUE(fresh.last_) << "killed after " << steps << " steps: " << fresh.last_.error().toString();
    EXPECT_FALSE(fresh.world_.domain);
    EXPECT_EQ(fresh.world_.carrier.stoppedWith, carrier::kExitClean) << "killed after " << steps << " steps";
    EXPECT_FALSE(fresh.journaled_) << "killed after " << steps << " steps";
    EXPECT_FALSE(fresh.claimed());
    EXPECT_EQ(fresh.guestPhase(), "Stopped");
    if (!killed) return;
  }
  FAIL() << "a stop never ends";
}

TEST_F(AgentTest, KilledAtAnyStepAfterTheCarrierDiedLeavesNoDomain) {
  for (int steps = 0; steps < 100; ++steps) {
    Scene fresh;
    fresh.live(-1);
    fresh.world_.carrier.view = {};
    fresh.world_.carrier.view.process = CarrierView::Process::Gone;
    const bool killed = fresh.live(steps);
    ASSERT_FALSE(fresh.live(-1));
    EXPECT_FALSE(fresh.world_.domain) << "killed after " << steps << " steps";
    EXPECT_FALSE(fresh.journaled_);
    EXPECT_FALSE(fresh.claimed());
    if (!killed) return;
  }
  FAIL() << "an end never ends";
}

TEST_F(AgentTest, EndsTheGuestOfAPodThatVanished) {
  live(-1);
  podThere_ = false;
  ASSERT_FALSE(live(-1));
  EXPECT_FALSE(world_.domain);
  EXPECT_FALSE(claimed());
  EXPECT_FALSE(journaled_);
}

TEST_F(AgentTest, EndsADomainWhosePodAndJournalAreGone) {
  live(-1);
  podThere_ = false;
  std::filesystem::remove_all(directory_.path + "/vms");
  ASSERT_FALSE(live(-1));
  EXPECT_FALSE(world_.domain);
  EXPECT_FALSE(claimed());
}

TEST_F(AgentTest, TurnsOffAGuestThatIgnoresEverything) {
  world_.guestObeys = false;
  live(-1);
  world_.carrier.view.terminating = true;
  world_.carrier.view.graceSeconds = 20;
  live(-1);
  ASSERT_TRUE(world_.domain) << "it has its grace period";
  live(-1, kToday + std::chrono::seconds{20});
  EXPECT_FALSE(world_.domain);
  live(-1, kToday + std::chrono::seconds{21});
  EXPECT_EQ(world_.carrier.stoppedWith, carrier::kExitForcedOff);
  EXPECT_EQ(guestPhase(), "Failed");
}

TEST_F(AgentTest, DoesNothingToGuestsWhileLibvirtIsSilent) {
  live(-1);
  world_.libvirtAnswers = false;
  podThere_ = false;
  ASSERT_FALSE(live(-1));
  EXPECT_TRUE(world_.domain);
  EXPECT_GT(last_->requeueAfter.count(), 0);
}

TEST_F(AgentTest, RefusesAnImageThatIsNone) {
  world_.imageProblem = kube::fail(kube::ErrorKind::Invalid, "the image has no /disk/image.json");
  ASSERT_FALSE(live(-1));
  EXPECT_EQ(world_.carrier.stoppedWith, carrier::kExitStartRefused);
  EXPECT_NE(world_.carrier.stoppedText.find("image.json"), std::string::npos);
  EXPECT_FALSE(claimed());
}

TEST_F(AgentTest, AsksForANewPodWhenTheGuestOutgrewThisOne) {
  pod_["spec"]["containers"][0]["resources"]["limits"]["memory"] = "130Mi";
  ASSERT_FALSE(live(-1));
  EXPECT_EQ(world_.carrier.stoppedWith, carrier::kExitStartFailed);
}

TEST_F(AgentTest, WaitsWhileAnotherNodeHoldsTheClaim) {
  Json lease = kube::newObject(kube::kinds::Lease, {"ns", "vm-web"});
  lease["spec"] = {{"holderIdentity", "node2/other-pod"}};
  ASSERT_TRUE(api_.create(kube::kinds::Lease, lease));
  ASSERT_FALSE(live(-1));
  EXPECT_GT(last_->requeueAfter.count(), 0);
  const auto vm = api_.get(VirtualMachineKind, {"ns", "web"});
  EXPECT_NE(kube::stringAt(*vm, "/status/guest/message").find("node2/other-pod"), std::string::npos);
  EXPECT_FALSE(world_.domain);
  EXPECT_EQ(guestPhase(), "Waiting");
  ASSERT_TRUE(api_.remove(kube::kinds::Lease, {"ns", "vm-web"}, {}));
  ASSERT_FALSE(live(-1));
  EXPECT_TRUE(world_.domain) << "deleting the Lease says the other guest is off";
}

TEST_F(AgentTest, LeavesAStrangersPodAlone) {
  pod_["metadata"].erase("ownerReferences");
  ASSERT_FALSE(live(-1));
  EXPECT_FALSE(last_);
  EXPECT_FALSE(world_.domain);
}

TEST_F(AgentTest, KnowsAllItHasToLookAtAfterARestart) {
  live(-1);
  AgentLife life(world_, api_, directory_.path + "/vms", nullptr, kToday);
  EXPECT_EQ(life.agent().known(), std::vector<kube::ObjectKey>{kPodKey});
}

}  // namespace
}  // namespace windlass::vm
