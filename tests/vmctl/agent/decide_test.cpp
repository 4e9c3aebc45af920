#include "vmctl/agent/decide.h"

#include <gtest/gtest.h>

#include "vmctl/carrier/protocol.h"

namespace windlass::vm {
namespace {

using Process = CarrierView::Process;
using std::chrono::seconds;

const kube::TimePoint kDecidedAt{seconds{1'000'000}};

JournalEntry entryIn(Stage stage) {
  JournalEntry entry;
  entry.identity = {"ns", "web", "vm-uid", 1, "web", "pod-uid"};
  entry.stage = stage;
  entry.runningReported = true;
  entry.stopRequestedAt = kDecidedAt;
  entry.graceSeconds = 20;
  entry.timesAsked = 1;
  if (stage == Stage::Ended) entry.end = GuestEnd{carrier::kExitCrashed, "the guest crashed", kDecidedAt};
  return entry;
}

Observation waitingCarrier() {
  Observation seen;
  seen.podExists = true;
  seen.carrier.process = Process::Alive;
  seen.now = kDecidedAt;
  return seen;
}

Observation runningGuest() {
  Observation seen = waitingCarrier();
  seen.journal = entryIn(Stage::Running);
  seen.carrier.hasConsole = seen.carrier.hadGuest = true;
  seen.domain = DomainState::Running;
  return seen;
}

Observation stoppingGuest() {
  Observation seen = runningGuest();
  seen.journal = entryIn(Stage::Stopping);
  seen.carrier.terminating = true;
  return seen;
}

TEST(Decide, StartsForACarrierThatWaits) {
  EXPECT_EQ(decide(waitingCarrier()).act, Act::Start);
}

TEST(Decide, WaitsForACarrierThatDoesNotListenYet) {
  Observation seen = waitingCarrier();
  for (const Process process : {Process::Unreachable, Process::Gone}) {
    seen.carrier.process = process;
    EXPECT_EQ(decide(seen).act, Act::Wait);
    EXPECT_GT(decide(seen).after.count(), 0);
  }
}

TEST(Decide, LeavesARunningGuestAlone) {
  EXPECT_EQ(decide(runningGuest()).act, Act::Nothing);
}

TEST(Decide, LeavesAGuestAloneThatTheHypervisorPaused) {
  Observation seen = runningGuest();
  seen.domain = DomainState::Paused;
  EXPECT_EQ(decide(seen).act, Act::Nothing);
}

TEST(Decide, TellsEverybodyOfAGuestThatRunsUnreported) {
  Observation seen = runningGuest();
  seen.journal->runningReported = false;
  EXPECT_EQ(decide(seen).act, Act::Adopt);
}

TEST(Decide, NeverActsWhileLibvirtIsSilent) {
  for (Observation seen : {waitingCarrier(), runningGuest(), stoppingGuest()}) {
    for (const bool podExists : {true, false}) {
      seen.hypervisorAnswers = false;
      seen.podExists = podExists;
      EXPECT_EQ(decide(seen).act, Act::Wait);
    }
  }
}

TEST(Decide, UndoesAStartThatWasInterruptedBeforeTheGuestRan) {
  Observation seen = waitingCarrier();
  seen.journal = entryIn(Stage::Starting);
  seen.domain = DomainState::Paused;
  EXPECT_EQ(decide(seen).act, Act::UndoStart);
  seen.domain.reset();
  EXPECT_EQ(decide(seen).act, Act::Start);
}

TEST(Decide, KeepsAGuestThatRanWhenItsStartWasInterrupted) {
  Observation seen = runningGuest();
  seen.journal = entryIn(Stage::Starting);
  EXPECT_EQ(decide(seen).act, Act::Adopt);
}

TEST(Decide, KeepsAGuestWhoseJournalWasLost) {
  Observation seen = runningGuest();
  seen.journal.reset();
  EXPECT_EQ(decide(seen).act, Act::Adopt);
}

TEST(Decide, NeverStartsTwiceInOneCarrier) {
  Observation seen = waitingCarrier();
  seen.carrier.hadGuest = true;
  EXPECT_EQ(decide(seen).act, Act::ReportEnd);
  EXPECT_EQ(decide(seen).end->exitCode, carrier::kExitUnwitnessed);
}

TEST(Decide, EndsACarrierThatIsToStopBeforeItsGuestStarted) {
  Observation seen = waitingCarrier();
  seen.podDeleting = true;
  for (const bool journaled : {false, true}) {
    if (journaled) seen.journal = entryIn(Stage::Starting);
    ASSERT_EQ(decide(seen).act, Act::ReportEnd);
    EXPECT_EQ(decide(seen).end->exitCode, carrier::kExitClean);
  }
}

// The promise "no domain without its carrier", in every stage and for every way a carrier can be lost.
TEST(Decide, DestroysADomainWithoutCarrierWhateverTheStage) {
  for (const Stage stage : {Stage::Starting, Stage::Running, Stage::Stopping, Stage::Ended}) {
    for (int way = 0; way < 3; ++way) {
      for (const DomainState state : {DomainState::Paused, DomainState::Running}) {
        Observation seen = runningGuest();
        seen.journal = entryIn(stage);
        seen.domain = state;
        if (way == 0) seen.podExists = false;
        if (way == 1) seen.podTerminal = true;
        if (way == 2) seen.carrier.process = Process::Gone;
        EXPECT_EQ(decide(seen).act, Act::DestroyDomain);
        seen.domain.reset();
        EXPECT_EQ(decide(seen).act, Act::Forget);
      }
    }
  }
}

TEST(Decide, DestroysAGuestWhoseCarrierWasReplacedByANewProcess) {
  Observation seen = runningGuest();
  seen.carrier.hasConsole = false;
  EXPECT_EQ(decide(seen).act, Act::DestroyDomain);
}

TEST(Decide, DoesNotMistakeASilentCarrierForADeadOne) {
  Observation seen = runningGuest();
  seen.carrier = {};
  EXPECT_EQ(decide(seen).act, Act::Wait);
}

TEST(Decide, RequestsAShutdownWithTheGracePeriodTheCarrierNames) {
  Observation seen = runningGuest();
  seen.carrier.terminating = true;
  seen.carrier.graceSeconds = 40;
  EXPECT_EQ(decide(seen).act, Act::RequestShutdown);
  EXPECT_EQ(decide(seen).graceSeconds, 40);
}

TEST(Decide, LeavesTimeToEndTheCarrierWhenOnlyThePodsGracePeriodIsKnown) {
  Observation seen = runningGuest();
  seen.podDeleting = true;
  seen.podGraceSeconds = 30;
  EXPECT_EQ(decide(seen).graceSeconds, 28);
  seen.podGraceSeconds = 1;
  EXPECT_EQ(decide(seen).graceSeconds, 0);
}

TEST(Decide, AsksAgainUntilTheGracePeriodIsOver) {
  Observation seen = stoppingGuest();
  EXPECT_EQ(decide(seen).act, Act::Wait);
  EXPECT_LE(decide(seen).after, seconds{4});
  seen.now = kDecidedAt + seconds{5};
  EXPECT_EQ(decide(seen).act, Act::AskAgain);
  seen.now = kDecidedAt + seconds{20};
  EXPECT_EQ(decide(seen).act, Act::ForceOff);
}

TEST(Decide, TurnsAGuestOffAtOnceWithoutAGracePeriod) {
  Observation seen = stoppingGuest();
  seen.journal->graceSeconds = 0;
  EXPECT_EQ(decide(seen).act, Act::ForceOff);
}

struct Ending {
  const char* name;
  Stage stage;
  bool forcedOff;
  std::optional<StopCause> heard;
  int exitCode;
};

TEST(Decide, SaysHowAGuestEnded) {
  const Ending endings[] = {
      {"by itself", Stage::Running, false, StopCause::Shutdown, carrier::kExitClean},
      {"crashed", Stage::Running, false, StopCause::Crashed, carrier::kExitCrashed},
      {"QEMU died", Stage::Running, false, StopCause::Failed, carrier::kExitCrashed},
      {"virsh destroy", Stage::Running, false, StopCause::Destroyed, carrier::kExitEvicted},
      {"nobody saw it", Stage::Running, false, std::nullopt, carrier::kExitUnwitnessed},
      {"as asked", Stage::Stopping, false, StopCause::Shutdown, carrier::kExitClean},
      {"as asked, unseen", Stage::Stopping, false, std::nullopt, carrier::kExitClean},
      {"crashed while stopping", Stage::Stopping, false, StopCause::Crashed, carrier::kExitCrashed},
      {"turned off", Stage::Stopping, true, StopCause::Destroyed, carrier::kExitForcedOff},
  };
  for (const Ending& ending : endings) {
    Observation seen = ending.stage == Stage::Running ? runningGuest() : stoppingGuest();
    seen.domain.reset();
    seen.lastStop = ending.heard;
    seen.journal->forcedOff = ending.forcedOff;
    const Decision decision = decide(seen);
    EXPECT_EQ(decision.act, Act::ReportEnd) << ending.name;
    EXPECT_EQ(decision.end->exitCode, ending.exitCode) << ending.name;
  }
}

TEST(Decide, RepeatsARecordedEndUntilTheCarrierIsGone) {
  Observation seen = runningGuest();
  seen.journal = entryIn(Stage::Ended);
  seen.domain.reset();
  EXPECT_EQ(decide(seen).act, Act::ReportEnd);
  EXPECT_EQ(decide(seen).end->exitCode, carrier::kExitCrashed);
  EXPECT_GT(decide(seen).after.count(), 0) << "or it would spin";
  seen.carrier.process = Process::Gone;
  EXPECT_EQ(decide(seen).act, Act::Forget);
}

TEST(Decide, HasNothingToDoForAPodThatIsOver) {
  Observation seen = waitingCarrier();
  seen.podTerminal = true;
  EXPECT_EQ(decide(seen).act, Act::Nothing);
  seen.podTerminal = seen.podExists = false;
  EXPECT_EQ(decide(seen).act, Act::Nothing);
}

}  // namespace
}  // namespace windlass::vm
