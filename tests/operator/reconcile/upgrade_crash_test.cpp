// The operator is killed before and after every write of a whole hop of three services: the run ends Done, and no step
// acts twice.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "kube/object/kinds.h"
#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "upgrade_world.h"

namespace windlass::ops {
namespace {

struct HopStory {
  std::string mode, message;
  Json release;
  std::map<std::string, int> jobRuns;
  std::set<std::string> acts;  // Jobs of the run, but for those that only look
  int writes = 0;
};

// "glance/backup 1": the uid of the run, which is in the names, differs from story to story.
std::string actOf(const Json& job) {
  const std::string name = kube::nameOf(job);
  return kube::annotationOf(job, "windlass.dev/step") + " " + name.substr(name.rfind('-') + 1);
}

// Dies before its n-th write (0: never): what it has read and decided is lost.
HopStory hop(int death) {
  UpgradeWorld world;
  world.approve();
  MortalClient mortal(*world.api, death == 0 ? 1'000'000 : death);
  world.client = &mortal;
  world.restartAll();
  const auto revive = [&] {
    if (mortal.dead() && world.client == &mortal) {
      world.client = world.api.get();
      world.restartAll();
    }
    return false;
  };
  for (int life = 0; life < 3; ++life) {  // death by the cloud's reconciler is noticed when all is quiet
    world.live(revive);
    revive();
  }
  HopStory story{world.mode(), world.message(), world.cloud()["status"]["release"], world.kubelet.jobRuns(),
                 {},           mortal.writes()};
  for (const Json& job : world.list(kube::kinds::Job)) {
    const std::string name = kube::nameOf(job);
    if (!kube::labelOf(job, kRunLabel).empty() && !name.ends_with("-x")) story.acts.insert(actOf(job));
  }
  return story;
}

// One story takes a second, without optimisation or with a sanitizer several: a part of them is tried, all of them with
// WINDLASS_CRASH_STRIDE=1.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr int kStride = 11;
#else
constexpr int kStride = 61;
#endif

int stride() {
  const char* said = std::getenv("WINDLASS_CRASH_STRIDE");
  return said == nullptr ? kStride : std::max(1, std::atoi(said));
}

TEST(UpgradeCrash, AtEveryWriteEndsDoneWithoutActingTwice) {
  const HopStory whole = hop(0);
  ASSERT_EQ(whole.mode, "Done") << whole.message;
  ASSERT_GT(whole.writes, 100);
  RecordProperty("writes", whole.writes);
  for (int death = 1; death <= whole.writes; death += stride()) {
    const HopStory story = hop(death);
    ASSERT_EQ(story.mode, "Done") << "death at write " << death << ": " << story.message;
    ASSERT_EQ(story.release, "2025.2") << "death at write " << death;
    for (const auto& [name, runs] : story.jobRuns) ASSERT_EQ(runs, 1) << name << ", death at write " << death;
    ASSERT_EQ(story.acts, whole.acts) << "death at write " << death;
  }
}

}  // namespace
}  // namespace windlass::ops
