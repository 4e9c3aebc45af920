// The operator is killed before and after every write of a whole hop of three services: the run ends Done, and no step
// acts twice.
#include <algorithm>
#include <cstdlib>
#include <list>
#include <random>

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "upgrade_world.h"

namespace windlass::ops {
namespace {

constexpr int kNever = 1'000'000;

struct HopStory {
  std::string mode, message;
  Json release;
  std::map<std::string, int> jobRuns;
  std::multiset<std::string> acts;  // Jobs of the run, but for those that only look
  int writes = 0;
};

// The step. Not the attempt: a life that ended between intent and act has used a number up.
std::string actOf(const Json& job) {
  return kube::annotationOf(job, "windlass.dev/step");
}

enum class Lives { Two, ManyShort };

// Dies before its n-th write (0: never): what it has read and decided is lost. With ManyShort every later life
// makes up to a dozen writes and dies before the next.
HopStory hop(int death, Lives lives = Lives::Two) {
  UpgradeWorld world;
  world.approve();
  std::list<MortalClient> mortals;
  std::mt19937 chance(static_cast<unsigned>(death));  // NOLINT(cert-msc51-cpp): the same lives each time
  const auto beginLife = [&](int dieAtWrite) {
    mortals.emplace_back(*world.api, dieAtWrite);
    world.client = &mortals.back();
    world.restartAll();
  };
  beginLife(death == 0 ? kNever : death);
  const auto revive = [&] {
    if (mortals.back().dead()) beginLife(lives == Lives::ManyShort ? 2 + static_cast<int>(chance() % 12) : kNever);
    return false;
  };
  for (std::size_t lived = 0;
       lived != mortals.size();) {  // death by the cloud's reconciler is noticed when all is quiet
    lived = mortals.size();
    world.live(revive);
    revive();
  }
  HopStory story{world.mode(), world.message(), world.cloud()["status"]["release"], world.kubelet.jobRuns(), {}, 0};
  for (const MortalClient& mortal : mortals) story.writes += mortal.writes();
  for (const Json& job : world.list(kube::kinds::Job)) {
    const std::string name = kube::nameOf(job);
    if (!kube::labelOf(job, kRunLabel).empty() && !name.ends_with("-x")) story.acts.insert(actOf(job));
  }
  return story;
}

void expectSameEnd(const HopStory& story, const HopStory& whole, const std::string& which) {
  EXPECT_EQ(story.mode, "Done") << which << ": " << story.message;
  EXPECT_EQ(story.release, "2025.2") << which;
  for (const auto& [name, runs] : story.jobRuns) EXPECT_EQ(runs, 1) << name << ", " << which;
  EXPECT_EQ(story.acts, whole.acts) << which;
}

TEST(UpgradeCrash, ManyTimesInOneRunEndsDoneWithoutActingTwice) {
  const HopStory whole = hop(0);
  ASSERT_EQ(whole.mode, "Done") << whole.message;
  ASSERT_GT(whole.writes, 100);
  for (int seed = 2; seed < 5; ++seed)
    expectSameEnd(hop(seed, Lives::ManyShort), whole, "short lives, seed " + std::to_string(seed));
}

// One death a story: what the second life does undisturbed. A story takes half a second, with a sanitizer many, so a
// few deaths are tried unless WINDLASS_CRASH_STRIDE asks for more.
TEST(UpgradeCrash, AtOneWriteEndsDoneWithoutActingTwice) {
  const char* asked = std::getenv("WINDLASS_CRASH_STRIDE");
  const int stride = asked == nullptr ? 61 : std::max(1, std::atoi(asked));
  const HopStory whole = hop(0);
  for (int death = 1; death <= whole.writes; death += stride)
    expectSameEnd(hop(death), whole, "death at write " + std::to_string(death));
}

}  // namespace
}  // namespace windlass::ops
