// Killed at any write and started again: the cloud ends in the same place. Dying after the n-th write is dying before
// the next one: what the process knew is lost either way.
#include <gtest/gtest.h>

#include "kube/object/meta.h"
#include "operator/reconcile/names.h"
#include "world.h"

namespace windlass::ops {
namespace {

// What must be equal: everything but what the API server counts and dates.
Json essence(Json object) {
  Json& meta = object["metadata"];
  for (const char* field : {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"})
    meta.erase(field);
  if (meta.contains("ownerReferences")) {
    for (Json& owner : meta["ownerReferences"]) owner.erase("uid");
  }
  if (meta.contains("annotations")) {
    meta["annotations"].erase(std::string(kAppliedAnnotation));
    meta["annotations"].erase("windlass.dev/notes");  // holds uids
  }
  if (object.contains("status")) object["status"].erase("observedGeneration");
  if (kube::kindOf(object) == "OpenStackCloud") object.erase("status");
  return object;
}

std::map<std::string, Json> everything(const World& world) {
  std::map<std::string, Json> all;
  for (const kube::ResourceKind& kind : ownedKinds()) {
    for (const Json& object : world.list(kind)) all[refOf(object)] = essence(object);
  }
  all["cloud"] = essence(world.cloud());
  return all;
}

struct Story {
  std::map<std::string, Json> end;
  int writes = 0;
  std::map<std::string, int> jobRuns;
};

// From nothing to Ready, through a config change, to Ready; dies once at write `death` (0: never).
Story tell(int death) {
  World world;
  world.constantRandom = true;
  world.createCloud();
  MortalClient mortal(*world.api, death == 0 ? 1'000'000 : death);
  world.client = &mortal;
  world.restart();
  const auto live = [&] {
    for (int round = 0; round < 80; ++round) {
      const std::size_t before = world.api->writeCount();
      static_cast<void>(world.reconcile());
      if (mortal.dead() && world.client == &mortal) {
        world.client = world.api.get();
        world.restart();
        continue;
      }
      const bool moved = world.kubelet.step();
      if (!moved && world.api->writeCount() == before) return;
    }
  };
  live();
  EXPECT_TRUE(world.isReady()) << "death at write " << death << ": " << world.waitingFor();
  world.changeSpec("/services/keystone/config", {{"token", {{"expiration", 7200}}}});
  live();
  EXPECT_TRUE(world.isReady()) << "death at write " << death << ": " << world.waitingFor();
  return {everything(world), mortal.writes(), world.kubelet.jobRuns()};
}

// Without optimisation one story takes half a second: the inner loop then tries a part of them.
#ifdef __OPTIMIZE__
constexpr int kStride = 1;
#else
constexpr int kStride = 6;
#endif

TEST(Crash, AtEveryWriteEndsInTheSamePlace) {
  const Story whole = tell(0);
  ASSERT_GT(whole.writes, 20);
  for (int death = 1; death <= whole.writes; death += kStride) {
    const Story story = tell(death);
    ASSERT_EQ(Json(story.end).dump(1), Json(whole.end).dump(1)) << "death at write " << death;
    ASSERT_EQ(story.jobRuns, whole.jobRuns) << "death at write " << death;
  }
}

}  // namespace
}  // namespace windlass::ops
