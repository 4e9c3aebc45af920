// A canary on a cluster: judged while clients ask, raised, withdrawn, and everything that may come in between.
#include <gmock/gmock.h>

#include "canary_world.h"
#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"

namespace windlass::ops {
namespace {

namespace kinds = kube::kinds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

bool nothingGoesToTheCanary(const CanaryWorld& world) {
  return world.gateways.split("gateway-a") == TrafficSplit{} && world.gateways.split("gateway-b") == TrafficSplit{};
}

std::string weights(const CanaryWorld& world) {
  return kube::stringAt(world.get(kinds::ConfigMap, "demo-gateway-traffic").value_or(Json()), "/data/weights.map");
}

TEST(CanaryRun, AGoodOneIsRaisedStageByStageAndThenEverythingRolls) {
  CanaryWorld world;
  world.begin();
  EXPECT_EQ(world.cursor(), "keystone/canary/api/header");
  ASSERT_TRUE(world.until([&] { return !world.gateways.split("gateway-a").headers.empty(); })) << world.waits();
  EXPECT_EQ(world.gateways.split("gateway-b"), (TrafficSplit{0, {"tester"}, {}}));
  ASSERT_TRUE(world.untilStage("one")) << world.waits();
  EXPECT_THAT(world.imageOf("keystone"), AllOf(HasSubstr("2025.1"), HasSubstr("2025.2"))) << "one beside the other";
  world.look();
  EXPECT_TRUE(world.isReady()) << "the cloud serves as before";
  EXPECT_THAT(kube::stringAt(world.cloud(), "/status/services/keystone/revision"), Not(HasSubstr(",")));
  EXPECT_THAT(weights(world), HasSubstr("identity 1000\n")) << "a gateway pod that starts now splits as the others do";
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  world.live();
  EXPECT_EQ(world.mode(), "Done") << world.message();
  EXPECT_EQ(world.imageOf("keystone"), "2025.2");
  for (const char* pod : {"gateway-a", "gateway-b"})
    EXPECT_THAT(world.gateways.shares(pod), ElementsAre(0, 1000, 3000, 5000, 0)) << pod;
  EXPECT_FALSE(world.get(kinds::Service, "demo-keystone-api-canary"));
  EXPECT_EQ(world.events.count("CanaryPassed"), 4);
}

TEST(CanaryRun, TheRollTakesOverThePodsThatWereTried) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("half"));
  const std::string tried = kube::uidOf(world.canaryDeployment());
  ASSERT_TRUE(world.untilRoll());
  EXPECT_TRUE(nothingGoesToTheCanary(world)) << "before the roll the share is taken away";
  ASSERT_TRUE(world.until([&] { return world.stepStatus("keystone/roll/api") == "Done"; }, 100));
  EXPECT_EQ(kube::uidOf(world.canaryDeployment()), tried);
}

TEST(CanaryRun, TheEvidenceOfAStageIsItsNumbersAndTheNameOfTheTest) {
  CanaryWorld world;
  world.gateways.stable.errors = world.gateways.canary.errors = 0.001;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  EXPECT_THAT(world.evidence("header"), HasSubstr("requests of those who are chosen"));
  EXPECT_THAT(world.evidence("one"),
              AllOf(HasSubstr("10 % of requests"), HasSubstr("mixture sequential probability ratio test"),
                    HasSubstr("requests of the canary"), HasSubstr("errors: "), HasSubstr("e-value 10^")));
  world.look();
  world.look();
  const Json verdict = world.canary()["verdict"];
  EXPECT_EQ(verdict["findings"][0]["name"], "errors");
  EXPECT_GT(verdict["requests"].get<int>(), 0);
  EXPECT_EQ(world.canary()["basisPoints"], 3000);
}

TEST(CanaryRun, OneThatAnswersErrorsLosesItsRequestsInTheLookThatSeesItAndIsTakenBack) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.gateways.canary.errors = 0.02;
  ASSERT_TRUE(world.until([&] { return world.events.count("CanaryFailed") > 0; })) << world.waits();
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("errors: "));
  EXPECT_THAT(world.evidence("one") + world.evidence("ten") + world.evidence("half"), HasSubstr("errors: "));
  EXPECT_EQ(world.canary()["verdict"]["decision"], "Fail") << "the evidence is kept";
  EXPECT_FALSE(world.canary()["verdict"]["findings"][0].empty());
  EXPECT_THAT(world.events.noteOf("CanaryFailed"), HasSubstr("rejects"));
  world.look();
  EXPECT_EQ(world.imageOf("keystone"), "2025.1");
  EXPECT_TRUE(world.canaryDeployment().is_null());
  EXPECT_TRUE(world.isReady());
  EXPECT_THAT(weights(world), HasSubstr("identity 0\n"));
}

TEST(CanaryRun, RequestsAreTakenAwayBeforeAnythingIsWritten) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.look();
  world.gateways.canary.errors = 0.5;
  std::size_t writesBefore = 0, atZero = 0;
  world.gateways.onTold = [&](const std::string&, const TrafficSplit& split) {
    if (atZero == 0 && split == TrafficSplit{}) atZero = world.api->writeCount();
  };
  ASSERT_TRUE(world.until([&] {
    if (atZero == 0) writesBefore = world.api->writeCount();
    return atZero != 0;
  }));
  EXPECT_EQ(atZero, writesBefore);
}

TEST(CanaryRun, OneThatIsThreeTimesSlowerIsTakenBack) {
  CanaryWorld world;
  world.gateways.stable.milliseconds = 40;
  world.gateways.canary.milliseconds = 120;
  world.begin();
  ASSERT_TRUE(world.untilOver()) << world.waits();
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("latency >= "));
}

TEST(CanaryRun, OneThatCrashesIsTakenBackBeforeItHadARequest) {
  CanaryWorld world;
  world.begin();
  world.look();
  world.crashes(0);
  world.look();
  world.crashes(1);
  ASSERT_TRUE(world.untilOver()) << world.waits();
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("restarts: containers of the canary ended by themselves 1 times"));
  EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0));
}

TEST(CanaryRun, OneThatNeverAnswersIsTakenBackWithTheReason) {
  CanaryWorld world;
  world.gateways.canary.available = false;
  world.kubelet.hold("demo-keystone-api");
  world.begin();
  world.look();
  EXPECT_THAT(world.waits(), HasSubstr("no canary pod answers the gateway's health check yet; "));
  ASSERT_TRUE(world.untilOver(200)) << world.waits();
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("availability: "));
}

// Two failures in a row reject: the stages of the quick policy are too short for four.
Json quickWithTwoTransactions() {
  Json policy = CanaryWorld::quickPolicy();
  policy["syntheticFailures"] = 2;
  return policy;
}

TEST(CanaryRun, SyntheticTransactionsGoThroughBothRevisionsAndTheirJobsGo) {
  CanaryWorld world;
  std::size_t most = 0;
  world.begin();
  ASSERT_TRUE(world.until([&] {
    most = std::max(most, world.probeJobs().size());
    return world.cursor() == "keystone/roll/api";
  })) << world.waits();
  EXPECT_EQ(most, 2U) << "one of each side at a time";
  EXPECT_THAT(world.evidence("half"),
              HasSubstr("0 of 4 failed through the canary, 0 of 4 through the stable revision"));
  EXPECT_EQ(world.canary()["synthetic"]["runs"], 4);
  EXPECT_TRUE(world.until([&] { return world.probeJobs().empty(); }, 15));
}

TEST(CanaryRun, NoSyntheticTransactionMeetsTheCanaryInTheBaseline) {
  CanaryWorld world;
  world.begin();
  EXPECT_TRUE(world.until([&] {
    EXPECT_TRUE(world.probeJobs().empty() || world.canary()["phase"] != "Baseline");
    return !world.probeJobs().empty();
  })) << world.waits();
  EXPECT_EQ(world.canary()["phase"], "Matched");
}

TEST(CanaryRun, OneThatAnswersButCannotDoATransactionIsTakenBack) {
  CanaryWorld world(quickWithTwoTransactions());
  world.kubelet.exits("-tried", 1);
  world.begin();
  ASSERT_TRUE(world.until([&] { return world.events.count("CanaryFailed") > 0; })) << world.waits();
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("synthetic: the last 2 synthetic transactions through the canary failed"));
  EXPECT_THAT(world.events.noteOf("CanaryFailed"), HasSubstr("the newest through the canary failed: it said why"));
  EXPECT_EQ(world.canary()["synthetic"]["failures"], 2);
  EXPECT_TRUE(world.until([&] { return world.probeJobs().empty(); }, 15));
  world.look();
  EXPECT_EQ(world.imageOf("keystone"), "2025.1");
}

TEST(CanaryRun, OneWhoseDataTheStableRevisionCannotLiveWithIsTakenBack) {
  CanaryWorld world(quickWithTwoTransactions());
  world.kubelet.exits("-stable", 1);
  world.begin();
  ASSERT_TRUE(world.untilOver()) << world.waits();
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("peer: the last 2 synthetic transactions through the stable revision failed"));
}

TEST(CanaryRun, TransactionsThatFailOnBothSidesSayNothingAboutTheCanary) {
  CanaryWorld world(quickWithTwoTransactions());
  world.kubelet.exits("-tried", 1);
  world.kubelet.exits("-stable", 1);
  world.begin();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.evidence("half"),
              HasSubstr("4 of 4 failed through the canary, 4 of 4 through the stable revision"));
}

TEST(CanaryRun, ATransactionWhosePodWasLostIsNoAnswer) {
  CanaryWorld world(quickWithTwoTransactions());
  world.kubelet.loses("-tried");
  world.begin();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.evidence("half"), AllOf(HasSubstr("0 of 0 failed through the canary, 0 of 4"),
                                            HasSubstr("the newest through the canary had no answer")));
}

TEST(CanaryRun, ATransactionThatIsNotScheduledIsNoAnswerAndIsRemovedInTheEnd) {
  CanaryWorld world(quickWithTwoTransactions());
  world.kubelet.hold("-tried");
  world.begin();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_EQ(world.canary()["synthetic"]["runs"], 0);
  EXPECT_TRUE(world.until([&] { return world.probeJobs().empty(); }, 15));
}

TEST(CanaryRun, AServerThatTakesNoJobForATransactionDoesNotStopTheCanary) {
  CanaryWorld world(quickWithTwoTransactions());
  world.begin();
  world.api->setFaultInjector([](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (request.verb != "create" || request.kind.kind != "Job" || request.key.name.find("-tried") == std::string::npos)
      return std::nullopt;
    return kube::Error{kube::ErrorKind::Forbidden, "jobs is forbidden: exceeded quota: small", 403, {}, nullptr};
  });
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.evidence("half"), HasSubstr("-tried cannot be made: "));
}

std::size_t logsRead(const CanaryWorld& world) {
  std::size_t out = 0;
  for (const kube::FakeRequest& request : world.api->requests()) out += request.verb == "log" ? 1 : 0;
  return out;
}

TEST(CanaryRun, OneThatAnswersWellAndLogsErrorsIsTakenBack) {
  CanaryWorld world;
  world.gateways.canary.logged = 0.2;
  world.begin();
  world.runPods();
  ASSERT_TRUE(world.until([&] { return world.events.count("CanaryFailed") > 0; })) << world.waits();
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_THAT(world.message(), HasSubstr("logs: "));
  EXPECT_THAT(world.run().dump() + world.events.noteOf("CanaryFailed"), Not(HasSubstr("the text of a line")));
}

TEST(CanaryRun, ErrorsInTheLogsOfBothRevisionsAreNobodysFault) {
  CanaryWorld world;
  world.gateways.canary.logged = world.gateways.stable.logged = 0.05;
  world.begin();
  world.runPods();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.evidence("half"), HasSubstr("logs: "));
}

TEST(CanaryRun, LogsThatCannotBeReadTakeNoPartAndTheEvidenceSaysWhy) {
  CanaryWorld world;
  world.gateways.canary.logged = 0.2;
  world.begin();
  world.runPods();
  world.api->setFaultInjector([](const kube::FakeRequest& request) -> std::optional<kube::Error> {
    if (request.verb != "log" || request.key.name != "canary-pod") return std::nullopt;
    return kube::Error{kube::ErrorKind::Forbidden, "pods/log is forbidden", 403, {}, nullptr};
  });
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.evidence("half"),
              HasSubstr("logs take no part: the log of pod canary-pod cannot be read: pods/log is forbidden"));
}

TEST(CanaryRun, APolicyThatDoesNotJudgeLogsReadsNone) {
  Json policy = CanaryWorld::quickPolicy();
  policy["judgeLogs"] = false;
  CanaryWorld world(policy);
  world.gateways.canary.logged = 0.2;
  world.begin();
  world.runPods();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_EQ(logsRead(world), 0U);
  EXPECT_THAT(world.evidence("half"), Not(HasSubstr("logs")));
}

TEST(CanaryRun, WithTooFewRequestsItWaitsForAPersonAndSaysHowManyItHad) {
  CanaryWorld world;
  world.gateways.requestsPerSecond = 4;
  world.begin();
  ASSERT_TRUE(world.until([&] { return world.events.count("CanaryUndecided") > 0; })) << world.waits();
  for (int i = 0; i < 30; ++i) world.look();
  EXPECT_EQ(world.cursor(), "keystone/canary/api/one") << "it never passes by itself";
  EXPECT_EQ(world.mode(), "Running");
  EXPECT_EQ(world.events.count("CanaryUndecided"), 1);
  EXPECT_THAT(world.waits(), AllOf(HasSubstr("no decision after"), HasSubstr("more requests decide"),
                                   HasSubstr("windlass upgrade acknowledge passes keystone/canary/api/one")));
  EXPECT_LT(world.canary()["verdict"]["requests"].get<int>(), 200);
  EXPECT_TRUE(nothingGoesToTheCanary(world));

  world.gateways.requestsPerSecond = 400;
  world.acknowledge("keystone/canary/api/one");
  ASSERT_TRUE(world.untilStage("ten", 5));
  EXPECT_THAT(world.evidence("one"), HasSubstr("a person let it pass without a verdict; no decision after"));
  EXPECT_EQ(world.gateways.split("gateway-a").canaryBasisPoints, 3000) << "the next stage is judged as ever";
  ASSERT_TRUE(world.untilStage("half"));
  EXPECT_THAT(world.evidence("ten"), HasSubstr("not worse than the margins"));
}

TEST(CanaryRun, APersonMayLetTheWholeCanaryPass) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.acknowledge("keystone/canary/api");
  ASSERT_TRUE(world.untilRoll(10)) << world.cursor();
  EXPECT_THAT(world.evidence("half"), HasSubstr("a person let it pass without a verdict"));
  EXPECT_TRUE(nothingGoesToTheCanary(world));
}

// All that a stage ended with, by stage.
std::vector<std::string> wholeEvidence(CanaryWorld& world, bool killed) {
  world.gateways.stable.errors = world.gateways.canary.errors = 0.001;
  world.gateways.stable.logged = world.gateways.canary.logged = 0.01;
  world.begin();
  world.runPods();
  EXPECT_TRUE(world.until(
      [&] {
        if (killed) world.restartAll();
        return world.cursor() == "keystone/roll/api";
      },
      600))
      << world.waits();
  std::vector<std::string> out;
  for (const char* stage : {"header", "one", "ten", "half"}) out.push_back(world.evidence(stage));
  return out;
}

TEST(CanaryRun, AnOperatorThatIsKilledBeforeEveryLookComesToTheSameEvidence) {
  CanaryWorld whole, killed;
  EXPECT_EQ(wholeEvidence(killed, true), wholeEvidence(whole, false));
}

TEST(CanaryRun, AnOperatorThatDiesAtAWriteNeitherSkipsAStageNorLeavesAShare) {
  for (int death = 1; death < 30; death += 7) {
    CanaryWorld world;
    world.begin();
    MortalClient mortal(*world.api, death);
    world.client = &mortal;
    world.restartAll();
    EXPECT_TRUE(world.until([&] { return mortal.dead(); }, 600)) << death;
    world.client = world.api.get();
    world.restartAll();
    ASSERT_TRUE(world.untilRoll()) << death << ": " << world.waits();
    EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0, 1000, 3000, 5000, 0)) << death;
  }
}

TEST(CanaryRun, APauseHoldsTheStageAndGoesOnJudging) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.say("state", "Paused");
  for (int i = 0; i < 20; ++i) world.look();
  EXPECT_EQ(world.cursor(), "keystone/canary/api/one");
  EXPECT_EQ(world.gateways.split("gateway-a").canaryBasisPoints, 1000);
  EXPECT_THAT(world.waits(), HasSubstr("paused: it is judged, and stays in this stage until resume"));
  world.say("state", "Running");
  EXPECT_TRUE(world.untilStage("ten", 10)) << world.waits();
}

TEST(CanaryRun, OneThatTurnsBadDuringAPauseIsTakenBack) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  world.say("state", "Paused");
  world.look();
  world.gateways.canary.errors = 0.05;
  ASSERT_TRUE(world.untilOver()) << world.waits();
  EXPECT_EQ(world.mode(), "Aborted");
}

TEST(CanaryRun, ARollbackThatAPersonAsksForTakesTheRequestsFirst) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  bool stillThere = false;
  world.gateways.onTold = [&](const std::string&, const TrafficSplit& split) {
    if (split == TrafficSplit{}) stillThere = !world.canaryDeployment().is_null();
  };
  world.say("state", "RolledBack");
  world.look();
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  EXPECT_TRUE(stillThere) << "its pods end after their requests do";
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Aborted");
  world.look();
  EXPECT_EQ(world.imageOf("keystone"), "2025.1");
}

TEST(CanaryRun, AGatewayThatCannotBeReachedIsNamedAndTheOthersAreJudged) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.gateways.reach("gateway-b", false);
  world.look();
  EXPECT_THAT(world.waits(), AllOf(HasSubstr("gateway pod gateway-b"), HasSubstr("did not answer in time")));
  EXPECT_EQ(world.canary()["unreached"][0]["pod"], "gateway-b");
  ASSERT_TRUE(world.untilStage("ten")) << world.waits();
  world.gateways.reach("gateway-b", true);
  world.look();
  EXPECT_EQ(world.gateways.split("gateway-b").canaryBasisPoints, 3000) << "it is told as soon as it answers";
  EXPECT_FALSE(world.canary().contains("unreached"));
}

TEST(CanaryRun, AGatewayThatKeepsAShareIsAskedUntilItGivesItUp) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  world.gateways.reach("gateway-b", false);
  world.gateways.canary.errors = 0.05;
  ASSERT_TRUE(world.until([&] { return world.events.count("CanaryFailed") > 0; }));
  EXPECT_EQ(world.gateways.split("gateway-a"), TrafficSplit{});
  for (int i = 0; i < 70; ++i) world.look();  // longer than any step may take
  EXPECT_EQ(world.mode(), "RollingBack");
  EXPECT_THAT(world.waits(), HasSubstr("gateway pod gateway-b could not be told its split and is asked again"));
  EXPECT_FALSE(world.canaryDeployment().is_null());
  world.gateways.reach("gateway-b", true);
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Aborted");
  EXPECT_TRUE(nothingGoesToTheCanary(world));
}

TEST(CanaryRun, WithoutAnyGatewayNothingIsJudged) {
  CanaryWorld world;
  world.begin();
  for (const char* pod : {"gateway-a", "gateway-b"}) world.gateways.reach(pod, false);
  for (int i = 0; i < 30; ++i) world.look();
  EXPECT_EQ(world.cursor(), "keystone/canary/api/header");
  EXPECT_THAT(world.waits(), HasSubstr("no gateway pod can be asked, nothing is judged"));
}

TEST(CanaryRun, AGatewayThatStartsAnewGetsItsShareAgain) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  world.gateways.restart("gateway-b");
  world.look();
  EXPECT_EQ(world.gateways.split("gateway-b").canaryBasisPoints, 3000);
  ASSERT_TRUE(world.untilStage("half"));
}

TEST(CanaryRun, OnHoldABadOneLosesItsRequestsAndAPersonDecides) {
  Json policy = CanaryWorld::quickPolicy();
  policy["onFailure"] = "Hold";
  CanaryWorld world(policy);
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.gateways.canary.errors = 0.05;
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  EXPECT_FALSE(world.canaryDeployment().is_null()) << "one may look at its pods";

  world.gateways.canary.errors = 0;
  world.say("resume", 1);
  world.look();
  EXPECT_EQ(world.canary()["phase"], "Baseline") << "the stage begins anew";
  ASSERT_TRUE(world.untilStage("ten")) << world.waits();
}

TEST(CanaryRun, WhatStopsTheRunTakesTheShareAway) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("one"));
  world.changeSpec("/services/keystone/replicas", 3);
  ASSERT_TRUE(world.untilOver());
  EXPECT_EQ(world.mode(), "Failed");
  EXPECT_THAT(world.message(), HasSubstr("the cloud changed"));
  EXPECT_TRUE(nothingGoesToTheCanary(world));
}

TEST(CanaryRun, APolicyWithOneShareHasOneJudgement) {
  Json policy = CanaryWorld::quickPolicy();
  policy["steps"].erase(1);
  policy["steps"].erase(1);
  policy.erase("match");
  CanaryWorld world(policy);
  world.begin();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0, 1000, 0));
  EXPECT_THAT(world.evidence("header"), HasSubstr("requests of the stable revision seen"));
  EXPECT_THAT(world.evidence("half"), HasSubstr("the policy has no further share"));
}

TEST(CanaryRun, APolicyWithMoreSharesHasTheRestInTheLastStage) {
  Json policy = CanaryWorld::quickPolicy();
  policy["steps"].push_back(policy["steps"][2]);
  policy["steps"][3]["basisPoints"] = 8000;
  CanaryWorld world(policy);
  world.begin();
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0, 1000, 3000, 5000, 8000, 0));
}

TEST(CanaryRun, APolicyThatIsMissingOrWrongIsSaidAtTheApproval) {
  CanaryWorld world;
  world.approveNaming("another");
  world.look();
  EXPECT_EQ(world.mode(), "");
  EXPECT_EQ(world.runCondition("Refused")["reason"], "NoCanaryPolicy");
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"),
              HasSubstr("there is no CanaryPolicy openstack/another"));
  EXPECT_EQ(world.events.count("Refused"), 1);

  Json object = kube::newObject(kCanaryPolicyKind, {world.key.ns, "another"});
  object["spec"] = {{"errors", {{"failOddsPercent", 900}}}};
  ASSERT_TRUE(world.api->create(kCanaryPolicyKind, object));
  world.look();
  EXPECT_EQ(world.runCondition("Refused")["reason"], "InvalidCanaryPolicy");
  EXPECT_THAT(kube::stringAt(world.runCondition("Refused"), "/message"), HasSubstr("spec.errors.passOddsPercent"));

  world.say("canaryPolicy", "quick");
  world.look();
  EXPECT_EQ(world.mode(), "Running");
  EXPECT_EQ(world.runCondition("Refused")["status"], "False");
}

TEST(CanaryRun, ThePolicyIsTheOneOfTheApprovalWhateverBecomesOfIt) {
  CanaryWorld world;
  world.begin();
  world.erase(kCanaryPolicyKind, "quick");
  ASSERT_TRUE(world.untilRoll()) << world.waits();
  EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0, 1000, 3000, 5000, 0));
}

TEST(CanaryRun, WithoutANamedPolicyTheDefaultsHold) {
  CanaryWorld world;
  world.approveNaming("");
  world.live([&] { return world.cursor().starts_with("keystone/canary/"); });
  ASSERT_TRUE(world.untilStage("ten", 600)) << world.waits();
  EXPECT_THAT(world.gateways.shares("gateway-a"), ElementsAre(0, 100, 1000));
}

TEST(CanaryRun, WhatIsKeptAndCannotBeReadBeginsAnewWithTheRequestsTakenAway) {
  CanaryWorld world;
  world.begin();
  ASSERT_TRUE(world.untilStage("ten"));
  Json object = world.run();
  object["status"]["canary"]["kept"] = "{}{";
  ASSERT_TRUE(world.api->update(kUpgradeRunKind, object, "status"));
  world.look();
  EXPECT_EQ(world.canary()["phase"], "Baseline");
  EXPECT_TRUE(nothingGoesToTheCanary(world));
  EXPECT_TRUE(world.untilRoll());
}

}  // namespace
}  // namespace windlass::ops
