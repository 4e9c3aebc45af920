// A whole canary on the real gateway, with real faults: baseline, steps, verdict, weight back to 0.
#include <algorithm>
#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "loopback.h"
#include "operator/traffic/analysis/canary.h"
#include "operator/traffic/window_tracker.h"

namespace windlass::ops::test {
namespace {

using Clock = std::chrono::steady_clock;

// The default policy in fast motion: shorter soaks, larger first shares, the same margins and the same alpha.
CanaryPolicy fastPolicy() {
  CanaryPolicy policy;
  policy.steps = {{500, 2, 20, 0.3}, {2000, 3, 60, 0.15}, {5000, 3, 150, 0.015}};
  policy.baselineSeconds = 3;
  policy.warmUpSeconds = 0.5;
  policy.maxStepSeconds = 150;
  policy.startSeconds = 5;
  policy.unavailableSeconds = 5;
  policy.judgeLogs = false;  // these services write none
  return policy;
}

struct Result {
  CanaryPhase phase = CanaryPhase::Baseline;
  std::string reason;
  double toZero = 0;         // seconds from the verdict until every new request goes to the stable revision
  int canaryAfterwards = 0;  // requests that still went there
};

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Canary {
 public:
  explicit Canary(Loopback& loopback) : loopback_(loopback), tracker_({loopback.api()}) {}

  Result run() {
    while (progress_.state.phase == CanaryPhase::Baseline || progress_.state.phase == CanaryPhase::Step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      progress_ = observe(policy_, progress_.state, look());
      verdict_ = Clock::now();
      EXPECT_TRUE(loopback_.converge(isOn() ? TrafficSplit{progress_.basisPoints, {"probe"}, {}} : TrafficSplit{}));
    }
    Result out{progress_.state.phase, progress_.verdict.reason, secondsSince(verdict_), 0};
    out.canaryAfterwards = hammer(loopback_.port(), 100).canary;
    return out;
  }

 private:
  Window look() {
    const auto sample = loopback_.gateway().sample();
    std::map<std::string, GatewaySample> samples;
    if (sample) samples["gateway"] = *sample;
    Window window = tracker_.advance(samples, secondsSince(last_));
    last_ = Clock::now();
    window.canary.health.restarts = static_cast<std::uint64_t>(loopback_.restartCanary());
    if (isOn()) probe("probe", window.canary.health);
    probe("never", window.stable.health);
    return window;
  }

  // Before its first step the canary gets nothing at all: what it writes would already be in the baseline.
  bool isOn() const { return progress_.basisPoints > 0; }

  // Write, then read.
  void probe(const std::string& header, ArmHealth& health) const {
    Counts counts;
    request(loopback_.port(), header, true, counts);
    request(loopback_.port(), header, false, counts);
    health.syntheticRuns = 1;
    health.syntheticFailures = counts.failed > 0 ? 1 : 0;
  }

  const CanaryPolicy policy_ = fastPolicy();
  Loopback& loopback_;
  WindowTracker tracker_;
  CanaryProgress progress_;
  Clock::time_point last_ = Clock::now(), verdict_;
};

Result runCanary(const BackendSpec& stable, const BackendSpec& canary) {
  Loopback loopback(stable, canary);
  EXPECT_TRUE(loopback.waitUntilUp(false));
  Client client(loopback.port());
  Result result = Canary(loopback).run();
  std::cerr << "[ canary   ] " << canary.fault << " " << canary.milliseconds << " ms: " << toString(result.phase)
            << ", " << result.reason << "; weight 0 after " << result.toZero << " s; client: " << client.failed()
            << " failed of " << client.all() << "\n";
  return result;
}

// `by`: the evidence that may be first; which one is depends on how many requests came in the meantime.
void expectCaught(const Result& result, const std::vector<std::string>& by) {
  EXPECT_EQ(result.phase, CanaryPhase::Failed);
  EXPECT_TRUE(std::any_of(by.begin(), by.end(), [&](const auto& word) { return result.reason.starts_with(word); }))
      << result.reason;
  EXPECT_LT(result.toZero, 5);
  EXPECT_EQ(result.canaryAfterwards, 0);
}

const BackendSpec kGood{"none", 40};

TEST(GatewayCanary, AGoodOnePasses) {
  EXPECT_EQ(runCanary(kGood, kGood).phase, CanaryPhase::Passed);
}

TEST(GatewayCanary, OneErrorInFiftyIsCaught) {
  expectCaught(runCanary(kGood, {"every-50th", 40}), {"errors:"});
}

TEST(GatewayCanary, ThreeTimesSlowerIsCaught) {
  expectCaught(runCanary(kGood, {"none", 120}), {"latency >="});
}

TEST(GatewayCanary, ACrashIsCaught) {
  expectCaught(runCanary(kGood, {"crash", 40}), {"restarts:", "errors:"});
}

TEST(GatewayCanary, AWrongConfigIsCaught) {
  expectCaught(runCanary(kGood, {"all-errors", 40}), {"synthetic:", "errors:"});
}

TEST(GatewayCanary, OneThatNeverBecomesReadyIsCaught) {
  expectCaught(runCanary(kGood, {"unhealthy", 40}), {"availability:"});
}

TEST(GatewayCanary, AnOldPeerThatBreaksIsCaught) {
  expectCaught(runCanary({"stumbles", 40}, {"poisons-peer", 40}), {"peer:"});
}

}  // namespace
}  // namespace windlass::ops::test
